//! Which advisories concern which devices, and what each means for it.

mod compare;
mod device;
mod maker;
mod name;
mod text;
mod vocabulary;
#[cfg(test)]
mod name_tests;
