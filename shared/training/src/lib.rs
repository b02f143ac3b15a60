//! Training and competency: rules, pure.
