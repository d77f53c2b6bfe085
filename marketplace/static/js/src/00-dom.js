// Shared by all parts below (each part is in a block scope of its own): event delegation, queries, elements, hooks for new content.
const $ = (selector, within = document) => within.querySelector(selector);
// Includes `within` itself when it matches, because new content may be exactly the searched element.
const $$ = (selector, within = document) => [...(within instanceof Element && within.matches(selector) ? [within] : []), ...within.querySelectorAll(selector)];
const delegate = (type, selector, handler, options) =>
  document.addEventListener(type, (event) => {
    const element = event.target instanceof Element && event.target.closest(selector);
    if (element) handler(event, element);
  }, options);
const saveSetting = (key, value) => { try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch { /* storage is disabled */ } };
const contentHooks = [];
// onContent(hook): run `hook(root)` for the page, and for all content that htmx inserts later.
const onContent = (hook) => { contentHooks.push(hook); hook(document); };
document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) contentHooks.forEach((hook) => hook(event.detail.elt)); });
const createElement = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
};
const spriteUrl = () => ($("svg.icon use")?.getAttribute("href") || "").split("#")[0];
const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon"); svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${spriteUrl()}#${name}`);
  svg.append(use);
  return svg;
};
