//! Routes, from the attributes of their handlers. Debug builds also learn from them what the OpenAPI documents say, which
//! tests hold against those checked in. A release build keeps the routes alone: code that describes every schema would
//! be carried by each cold start, and served by none.

#[cfg(debug_assertions)]
pub use utoipa_axum::router::OpenApiRouter as Routes;

#[cfg(not(debug_assertions))]
pub use plain::{Handlers, Routes, handlers};

#[cfg(not(debug_assertions))]
mod plain {
    use axum::{Router, handler::Handler, routing::MethodRouter};
    use utoipa::Path;
    use utoipa_axum::PathItemExt as _;

    /// A path and what answers there.
    pub type Handlers<S> = (String, MethodRouter<S>);

    /// Routes of an API.
    pub struct Routes<S>(Router<S>);

    impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
        fn default() -> Self {
            Self::new()
        }
    }

    impl<S: Clone + Send + Sync + 'static> Routes<S> {
        /// No routes.
        pub fn new() -> Self {
            Self(Router::new())
        }

        /// These, and those of one path.
        #[must_use]
        pub fn routes(self, (path, handlers): Handlers<S>) -> Self {
            Self(self.0.route(&path, handlers))
        }

        /// These and others.
        #[must_use]
        pub fn merge(self, other: Self) -> Self {
            Self(self.0.merge(other.0))
        }
    }

    impl<S> From<Routes<S>> for Router<S> {
        fn from(routes: Routes<S>) -> Self {
            routes.0
        }
    }

    /// Adds a handler under the method and path that its attribute names.
    pub fn handlers<P: Path, H, T, S>((_, others): Handlers<S>, _: P, handler: H) -> Handlers<S>
    where
        H: Handler<T, S>,
        T: 'static,
        S: Clone + Send + Sync + 'static,
    {
        let on = |others: MethodRouter<S>, method: utoipa::openapi::HttpMethod| {
            others.on(method.to_method_filter(), handler.clone())
        };
        (P::path(), P::methods().into_iter().fold(others, on))
    }
}

/// The handlers of one path: `routes!(read, change)`.
#[cfg(not(debug_assertions))]
#[macro_export]
macro_rules! routes {
    ($($handler:ident),+ $(,)?) => {{
        let handlers = (::std::string::String::new(), ::axum::routing::MethodRouter::new());
        $crate::__paste! { $(let handlers = $crate::handlers(handlers, [<__path_ $handler>], $handler);)+ }
        handlers
    }};
}
