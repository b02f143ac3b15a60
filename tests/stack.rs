//! Black-box tests of a running stack, through nothing but what it offers: its HTTP API, its mails, and the services of
//! the cloud around it. `GUILDHALL_STACK` names the `stack.json` of a stack that is up; `make test` starts one.

#[cfg(test)]
#[path = "http/mod.rs"]
mod http;
#[cfg(test)]
#[path = "workflows/mod.rs"]
mod workflows;
