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
