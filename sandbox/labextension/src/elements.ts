/** Makes elements. Texts go in as text nodes, so nothing a service or a notebook says can become markup. */

/** What a node may hold: other nodes, text, or nothing. */
export type Child = Node | string | null;

/** An element of class `civiclab-<name>` with `children` inside. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (name) {
    node.className = `civiclab-${name}`;
  }
  node.append(...children.filter((child): child is Node | string => child !== null && child !== ''));
  return node;
}

/** `node`, read by nobody: what it shows is said in words beside it. */
export function decoration<N extends HTMLElement>(node: N): N {
  node.setAttribute('aria-hidden', 'true');
  return node;
}

/** A button that calls `press`. */
export function button(name: string, label: string, press: () => void): HTMLButtonElement {
  const node = element('button', name, label);
  node.type = 'button';
  node.addEventListener('click', press);
  return node;
}

/** A link to `href` in a new tab, or plain text when there is no address to link. */
export function link(href: string, label: string, newTab: string): HTMLElement {
  if (!href) {
    return element('span', '', label);
  }
  const node = element('a', 'link', label, element('span', 'unseen', ` ${newTab}`));
  node.href = href;
  node.target = '_blank';
  node.rel = 'noopener';
  return node;
}
