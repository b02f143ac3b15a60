//! KPI registry and roll-ups, pure.
