//! Shared by the suites: fixtures, tolerances, comparisons.
