//! How deep brackets nest, told by what the parser made of a document.

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type,
    VariableDefinition,
};
use async_graphql::{Name, Positioned, Value as Constant};
use async_graphql_value::Value;

type Arguments = [(Positioned<Name>, Positioned<Value>)];

/// The deepest bracket.
pub fn of_document(document: &ExecutableDocument) -> usize {
    let operations = document.operations.iter();
    let operations = operations.map(|(_, operation)| of_operation(&operation.node));
    let fragments = document.fragments.values().map(|fragment| {
        let fragment = &fragment.node;
        of_directives(&fragment.directives).max(of_set(&fragment.selection_set.node))
    });
    deepest(operations.chain(fragments))
}

fn of_operation(operation: &OperationDefinition) -> usize {
    let variables = operation.variable_definitions.iter();
    deepest(variables.map(|variable| 1 + of_variable(&variable.node)))
        .max(of_directives(&operation.directives))
        .max(of_set(&operation.selection_set.node))
}

fn of_variable(variable: &VariableDefinition) -> usize {
    let default = variable.default_value.as_ref();
    default
        .map_or(0, |value| of_constant(&value.node))
        .max(of_type(&variable.var_type.node))
        .max(of_directives(&variable.directives))
}

fn of_set(set: &SelectionSet) -> usize {
    if set.items.is_empty() {
        return 0;
    }
    1 + deepest(set.items.iter().map(|item| {
        match &item.node {
            Selection::Field(field) => of_arguments(&field.node.arguments)
                .max(of_directives(&field.node.directives))
                .max(of_set(&field.node.selection_set.node)),
            Selection::InlineFragment(inline) => {
                of_directives(&inline.node.directives).max(of_set(&inline.node.selection_set.node))
            }
            Selection::FragmentSpread(spread) => of_directives(&spread.node.directives),
        }
    }))
}

fn of_directives(directives: &[Positioned<Directive>]) -> usize {
    deepest(directives.iter().map(|of| of_arguments(&of.node.arguments)))
}

fn of_arguments(arguments: &Arguments) -> usize {
    match arguments.is_empty() {
        true => 0,
        false => 1 + deepest(arguments.iter().map(|(_, value)| of_value(&value.node))),
    }
}

fn of_value(value: &Value) -> usize {
    match value {
        Value::List(list) => 1 + deepest(list.iter().map(of_value)),
        Value::Object(object) => 1 + deepest(object.values().map(of_value)),
        _ => 0,
    }
}

fn of_constant(value: &Constant) -> usize {
    match value {
        Constant::List(list) => 1 + deepest(list.iter().map(of_constant)),
        Constant::Object(object) => 1 + deepest(object.values().map(of_constant)),
        _ => 0,
    }
}

fn of_type(of: &Type) -> usize {
    match &of.base {
        BaseType::List(of) => 1 + of_type(of),
        BaseType::Named(_) => 0,
    }
}

fn deepest(depths: impl Iterator<Item = usize>) -> usize {
    depths.max().unwrap_or_default()
}
