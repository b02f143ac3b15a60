//! What every request and every response of an API goes through: an id, a time limit, panics turned into problems,
//! fallbacks, security headers and one log line. It never looks into bodies.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{Extensions, HeaderName, HeaderValue, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use futures::FutureExt;
use lambda_http::request::RequestContext;

use crate::{Problem, kinds};

/// The gateway gives up after 30 s; we answer before it does.
const LONGEST: Duration = Duration::from_secs(25);

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id under which gateway and log know a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    /// The id the edge gave a request.
    pub fn of(extensions: &Extensions) -> String {
        extensions.get::<Self>().map_or_else(String::new, |id| id.0.clone())
    }
}

/// What the edge must know.
#[derive(Debug, Clone)]
pub struct Edge {
    /// The public base of the API, put before a `Location` that starts with a slash.
    pub api_url: String,
}

/// Puts a finished router behind the edge.
pub fn serve(router: Router, edge: Edge) -> Router {
    router
        .fallback(|| async { Problem::new(kinds::NOT_FOUND) })
        .method_not_allowed_fallback(|| async { Problem::new(kinds::METHOD_NOT_ALLOWED) })
        .layer(from_fn_with_state(Arc::new(edge), pass))
}

async fn pass(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let id = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());

    let answered = AssertUnwindSafe(tokio::time::timeout(LONGEST, next.run(request))).catch_unwind().await;
    let (mut response, problem) = match answered {
        Ok(Ok(mut response)) => {
            let problem = response.extensions_mut().remove::<Problem>();
            (response, problem)
        }
        Ok(Err(_)) => (Response::default(), Some(Problem::new(kinds::TIMEOUT).retry_after(2))),
        Err(_) => {
            tracing::error!(request.id = %id, "a handler panicked");
            (Response::default(), Some(Problem::new(kinds::INTERNAL)))
        }
    };
    if let Some(problem) = &problem {
        let allow = response.headers().get(header::ALLOW).cloned();
        response = problem.render(&id);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    tracing::info!(
        request.id = %id, %method, route = route.as_deref().unwrap_or("none"), status = response.status().as_u16(),
        code = problem.map(|problem| problem.kind().code), "answered"
    );
    finish(&mut response, &id, &edge);
    response
}

fn finish(response: &mut Response, id: &str, edge: &Edge) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    let absolute = headers
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok())
        .filter(|location| location.starts_with('/'))
        .and_then(|location| HeaderValue::try_from(format!("{}{location}", edge.api_url)).ok());
    if let Some(location) = absolute {
        headers.insert(header::LOCATION, location);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
