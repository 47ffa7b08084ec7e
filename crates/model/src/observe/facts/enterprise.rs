//! What computers of an enterprise speak: file sharing, directories, management, databases.

macro_rules! enterprise_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
        }
    };
}

pub(super) use enterprise_facts;
