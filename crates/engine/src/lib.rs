//! Decide and do: graph, refresh, plan, steps, apply.
//!
//! **Takes** a module tree, variables, a state and providers.
//! **Gives** a Plan, and State after each step; events on the way.
//! **Never** prints, or names a provider.
