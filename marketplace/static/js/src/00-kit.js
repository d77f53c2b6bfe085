// Shared by every part below (each stands in a block of its own): delegation, small queries, and what to do with new content.
const $ = (selector, within = document) => within.querySelector(selector);
// Answers the element itself too, when it fits: new content may be exactly what is looked for.
const $$ = (selector, within = document) => [...(within instanceof Element && within.matches(selector) ? [within] : []), ...within.querySelectorAll(selector)];
const on = (type, selector, act, options) =>
  document.addEventListener(type, (event) => {
    const found = event.target instanceof Element && event.target.closest(selector);
    if (found) act(event, found);
  }, options);
const remember = (key, value) => { try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch { /* refused */ } };
const dressers = [];
// dress(act): run `act(root)` for the page and for everything htmx puts into it later.
const dress = (act) => { dressers.push(act); act(document); };
document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) dressers.forEach((act) => act(event.detail.elt)); });
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
};
const sprite = () => ($("svg.icon use")?.getAttribute("href") || "").split("#")[0];
const icon = (name) => {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  picture.setAttribute("class", "icon"); picture.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite()}#${name}`);
  picture.append(use);
  return picture;
};
