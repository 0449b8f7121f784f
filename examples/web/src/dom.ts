/** Makes an element. Its text is never read as HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, text: string, ...children: Node[]) {
  const made = document.createElement(tag);
  made.append(text, ...children);
  return made;
}

/** An element of index.html. */
export function byId<Kind extends HTMLElement = HTMLElement>(id: string, kind?: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`index.html has no #${id}`);
  return found as Kind;
}

/** A button that submits its form. */
export function button(text: string, className = '') {
  const made = element('button', text);
  made.className = className;
  return made;
}

/** A button that does something by itself. */
export function action(text: string, work: () => Promise<unknown>, className = '') {
  const made = button(text, className);
  made.type = 'button';
  made.addEventListener('click', () => void work());
  return made;
}

export function link(text: string, href: string) {
  const made = element('a', text);
  made.href = href;
  return made;
}

let lists = 0;

interface FieldOptions {
  required?: boolean;
  type?: string;
  autocomplete?: AutoFill;
  value?: string;
  /** What is offered while somebody types. Anything else may be entered too. */
  offers?: string[];
}

/** A field with its label. It holds text unless it has another type, and must be filled in unless it is not required. */
export function field(label: string, name: string, { offers, ...options }: FieldOptions = {}) {
  const input = element('input', '');
  Object.assign(input, { name, type: 'text', autocomplete: 'off', required: true, ...options });
  const made = element('label', `${label} `, input);
  if (offers) {
    const list = element('datalist', '', ...offers.map((offer) => new Option(offer)));
    list.id = `offers-${(lists += 1)}`;
    input.setAttribute('list', list.id);
    made.append(list);
  }
  return made;
}

/** A box to tick. */
export function box(label: string, name: string, value: string, checked = false) {
  const input = element('input', '');
  Object.assign(input, { name, type: 'checkbox', value, checked });
  const made = element('label', '', input, new Text(` ${label}`));
  made.className = 'box';
  return made;
}

/** A choice. Each option is a value and what is shown for it. */
export function choice(label: string, name: string, options: [string, string][], chosen = '') {
  const select = element('select', '');
  select.name = name;
  select.append(...options.map(([value, text]) => new Option(text, value, false, value === chosen)));
  return element('label', `${label} `, select);
}

/** A form that hands its fields, and the button that was pressed, over instead of leaving the page. */
export function form(children: Node[], submit: (fields: FormData) => Promise<void>) {
  const made = element('form', '', ...children);
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit(new FormData(made, event.submitter));
  });
  return made;
}

/** What a field holds, without the spaces around it; null where it is empty. */
export const text = (fields: FormData, name: string) => String(fields.get(name) ?? '').trim() || null;

/** Something that is seen once it is asked for. */
export function folded(title: string, ...children: Node[]) {
  const made = element('details', '', element('summary', title), ...children);
  made.className = 'folded';
  return made;
}

/** Loads what is folded when somebody opens it, unless it is there or on its way. */
export function loadWhenOpened(made: HTMLDetailsElement, load: () => Promise<void>) {
  let loading: Promise<void> | undefined;
  made.addEventListener('toggle', () => {
    const onlySummary = made.children.length === 1;
    if (made.open && onlySummary) loading ??= load().finally(() => (loading = undefined));
  });
}

/** A part of the page with a heading. */
export function card(heading: string, ...children: Node[]) {
  const made = element('section', '', element('h2', heading), ...children);
  made.className = 'card';
  return made;
}

/** Names and what they stand for; what is empty is left out. */
export function facts(...rows: [string, string | null | undefined][]) {
  const shown = rows.filter(([, text]) => text);
  return element('dl', '', ...shown.flatMap(([name, text]) => [element('dt', name), element('dd', text ?? '')]));
}

/** A list, or one sentence where there is nothing. */
export function list(items: Node[][], nothing: string) {
  if (!items.length) return element('p', nothing);
  return element('ul', '', ...items.map((item) => element('li', '', ...item)));
}
