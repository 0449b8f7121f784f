//! Suggestions for misspelt names.

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;

/// Longest name that gets a suggestion.
const MAX_NAME: usize = 64;

/// The field that the client may have meant, for an error about an unknown field.
pub fn field<'a>(schema: &'a Schema, message: &str) -> Option<&'a str> {
    let (ty, name) = message
        .strip_prefix("type `")?
        .strip_suffix('`')?
        .split_once("` does not have a field `")?;
    let fields = match schema.types.get(ty)? {
        ExtendedType::Object(of) => &of.fields,
        ExtendedType::Interface(of) => &of.fields,
        _ => return None,
    };
    if name.len() > MAX_NAME {
        return None;
    }
    let distances = fields
        .keys()
        .map(|known| (distance(known, name), known.as_str()));
    let (distance, known) = distances.min()?;
    (distance <= 1 + name.len() * 2 / 5).then_some(known)
}

/// How many letters must be inserted, deleted or changed to turn one word into the other (Levenshtein distance).
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_if_it_is_near() {
        let schema = Schema::parse("type Query { mission: Int missions: Int }", "a").expect("SDL");
        let meant = |name| {
            field(
                &schema,
                &format!("type `Query` does not have a field `{name}`"),
            )
        };
        assert_eq!(meant("misions"), Some("missions"));
        assert_eq!(meant("Mission"), Some("mission"));
        assert_eq!(meant("x"), None);
        assert_eq!(meant("nothing"), None);
        assert_eq!(field(&schema, "too much recursion"), None);
    }

    #[test]
    fn distances_count_letters() {
        for (a, b, letters) in [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3)] {
            assert_eq!((distance(a, b), distance(b, a)), (letters, letters));
        }
    }
}
