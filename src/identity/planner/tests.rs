//! The planner, case by case.
