//! Mail: templates, texts, links and the delivery rules.
