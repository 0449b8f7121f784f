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

export function button(text: string, className = '') {
  const made = element('button', text);
  made.className = className;
  return made;
}

/** A text field with its label. */
export function field(label: string, name: string, { required = true, type = 'text', autocomplete = 'off' } = {}) {
  const input = element('input', '');
  Object.assign(input, { name, type, autocomplete, required });
  return element('label', `${label} `, input);
}

/** A form that hands its fields over instead of leaving the page. */
export function form(children: Node[], submit: (fields: FormData) => Promise<void>) {
  const made = element('form', '', ...children);
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit(new FormData(made));
  });
  return made;
}
