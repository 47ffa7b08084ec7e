//! Building and plant control.

macro_rules! industrial_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
        }
    };
}

pub(super) use industrial_facts;
