//! Which advisories concern which devices, and what each means for it.

mod compare;
mod device;
mod maker;
mod name;
#[cfg(test)]
mod name_tests;
mod text;
mod vocabulary;
