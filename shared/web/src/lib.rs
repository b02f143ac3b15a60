//! HTTP: problems, extractors, paging, mail-link pages, OpenAPI base. Knows no system.
