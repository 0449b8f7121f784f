//! What the metrics call an operation.

use async_graphql::parser::types::{Selection, SelectionSet};

use super::{Documents, Operation};

impl Documents {
    /// What the metrics call an operation. There is a limited number of such labels, whatever clients send.
    ///
    /// With a list of trusted documents it is the operation's name. Otherwise the name is anything that a client likes. To
    /// keep the first hundred names would not help: a hostile client sends a hundred, and the names of everybody else's
    /// operations are never seen. Each server would also have its own hundred. So the label is the kind and the
    /// first root field, which the schema bounds: `query missions`, or `query me, …` if there are more fields.
    pub fn label(&self, operation: &Operation) -> String {
        match &operation.name {
            Some(name) if self.are_trusted() => name.clone(),
            _ => by_field(operation),
        }
    }
}

fn by_field(operation: &Operation) -> String {
    let kind = operation.kind();
    let mut names = names(&operation.selection_set.node);
    let first = names.next().unwrap_or("(nothing)");
    let more = if names.next().is_some() { ", …" } else { "" };
    format!("{kind} {first}{more}")
}

/// The root fields. Root types are objects, so their fields are not inside fragments.
fn names(set: &SelectionSet) -> impl Iterator<Item = &str> {
    set.items.iter().filter_map(|item| match &item.node {
        Selection::Field(field) => Some(field.node.name.node.as_str()),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::Variables;

    use super::super::tests::documents;
    use super::super::{Asked, prepare};
    use super::*;

    fn label(documents: &Documents, query: &str) -> String {
        let variables = Variables::default();
        let asked = Asked {
            query: Some(query),
            id: None,
            operation_name: None,
            variables: &variables,
        };
        let operation = prepare(documents, &asked).expect("an operation");
        documents.label(&operation)
    }

    #[test]
    fn an_operation_is_known_by_its_root_field_whatever_a_client_calls_it() {
        let documents = documents(true);
        for (query, shown) in [
            ("{ id }", "query id"),
            ("query Anything { id }", "query id"),
            ("query A { anything: id }", "query id"),
            ("query A { ...F } fragment F on Query { id }", "query id"),
            ("{ id __typename }", "query id, …"),
            ("{ id @skip(if: true) }", "query (nothing)"),
            ("mutation { logout { id } }", "mutation logout"),
        ] {
            assert_eq!(label(&documents, query), shown, "{query}");
        }
    }

    #[test]
    fn a_trusted_operation_is_known_by_its_name() {
        let rules = documents(true).rules();
        let list = ["query Board { id }", "{ id }"];
        let list = list.map(|text| (text.to_owned(), text.to_owned())).into();
        let documents = Documents::new(rules, true, Some(&list)).expect("they can run");
        assert_eq!(label(&documents, "query Board { id }"), "Board");
        assert_eq!(label(&documents, "{ id }"), "query id");
    }
}
