//! JSON Schemas of the encodings, by name.
