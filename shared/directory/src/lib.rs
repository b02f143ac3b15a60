//! Who works here, in which team, and who owns what: rules, pure.
