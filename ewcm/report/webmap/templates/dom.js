// Building blocks of the page. Text always goes in as a text node: nothing in the data can become markup.

/** @type {(id: string) => any} */
const byId = (id) => document.getElementById(id);
/** @type {(selector: string, within?: any) => any[]} */
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
    else if (name === "style") Object.assign(node.style, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

const svgEl = (tag, attributes, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

function replace(node, ...children) {
  node.replaceChildren();
  fill(node, null, children);
}

// A name from the data, in its own direction: a Latin name in an Arabic sentence and the other way round.
const name = (text) => el("bdi", null, text);

// Says something to screen readers.
function announce(text) {
  byId("live").textContent = text;
}

// Hands the reader a file made in the page.
function download(fileName, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = el("a", { href: address, download: fileName });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

// A CSV file (RFC 4180, with the mark that tells spreadsheets it is UTF-8). A text that a spreadsheet would take for a
// formula gets an apostrophe in front; numbers stay numbers.
function csv(rows) {
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const safe = /^[=+\-@\t\r＝＋－＠]/.test(value) ? "'" + value : value;
    return /[",\r\n]/.test(safe) ? '"' + safe.replace(/"/g, '""') + '"' : safe;
  };
  return "\ufeff" + rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
}
