// Lints and type-checks the scripts of each page as they stand in it: one after another, in one function.
// Reads from standard input a list of pages, [{name, files: [path, …]}], and ends with 1 when something is found.

import { readFileSync } from "node:fs";
import { relative } from "node:path";
import js from "@eslint/js";
import { Linter } from "eslint";
import ts from "typescript";

const MOST_LINES = 400;

const RULES = {
  ...js.configs.recommended.rules,
  eqeqeq: "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-loop-func": "error",
  "no-param-reassign": "error",
  "no-self-compare": "error",
  "no-shadow-restricted-names": "error",
  "no-throw-literal": "error",
  "no-unused-vars": ["error", { args: "after-used", caughtErrors: "none" }],
  "no-use-before-define": "off", // functions of a later file are called once all are there
  "no-var": "error",
  "no-restricted-properties": ["error", ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property, message: "names from strangers' files go in as text" }))],
  "no-restricted-syntax": ["error", { selector: "CallExpression[callee.property.name='write'][callee.object.name='document']", message: "names from strangers' files go in as text" }],
  "prefer-const": "error",
};

const GLOBALS = ["document", "window", "location", "history", "navigator", "getComputedStyle", "requestAnimationFrame", "setTimeout", "performance", "L", "map",
  "Image", "ImageData", "ImageBitmap", "Blob", "FileReader", "XMLSerializer", "URL", "URLSearchParams", "Node", "ResizeObserver", "OffscreenCanvas", "Path2D", "createImageBitmap", "atob", "console"];

const OPTIONS = {
  allowJs: true, checkJs: true, noEmit: true, target: ts.ScriptTarget.ES2022, lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"], types: [],
  noImplicitThis: false, skipLibCheck: true, noImplicitReturns: true, noFallthroughCasesInSwitch: true, allowUnreachableCode: false,
};

// The text of a page's function, and for each of its lines the file and line that it comes from.
function pageOf(files) {
  const text = ["(() => {", '"use strict";'], origin = [null, null];
  for (const file of files) {
    const lines = readFileSync(file, "utf8").replace(/\n$/, "").split("\n");
    text.push(...lines);
    origin.push(...lines.map((_, i) => `${relative(process.cwd(), file)}:${i + 1}`));
  }
  return { text: text.concat("})();").join("\n"), origin };
}

function lint({ text, origin }) {
  const languageOptions = { ecmaVersion: 2023, sourceType: "script", globals: Object.fromEntries(GLOBALS.map((name) => [name, "readonly"])) };
  const found = new Linter({ configType: "flat" }).verify(text, [{ files: ["**/*.js"], languageOptions, linterOptions: { reportUnusedDisableDirectives: "error" }, rules: RULES }], "page.js");
  return found.map((one) => ({ rule: one.ruleId, at: origin[one.line - 1], text: `${origin[one.line - 1]}:${one.column} ${one.message} (${one.ruleId})` }));
}

function typeCheck({ text, origin }) {
  const host = ts.createCompilerHost(OPTIONS), read = host.getSourceFile.bind(host);
  const types = new URL("globals.d.ts", import.meta.url).pathname;
  host.getSourceFile = (name, target) => (name === "page.js" ? ts.createSourceFile(name, text, target, true, ts.ScriptKind.JS) : read(name, target));
  const program = ts.createProgram(["page.js", types], OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map((one) => {
    const at = one.file && one.file.fileName === "page.js" ? origin[one.file.getLineAndCharacterOfPosition(one.start).line] : one.file && one.file.fileName;
    return { rule: "TS" + one.code, at, text: `${at} ${ts.flattenDiagnosticMessageText(one.messageText, " ")} (TS${one.code})` };
  });
}

const pages = JSON.parse(readFileSync(0, "utf8")), found = new Map(), tooLong = new Set();
for (const { files } of pages) {
  const page = pageOf(files);
  for (const one of [...lint(page), ...typeCheck(page)]) found.set(one.text, { ...one, pages: 1 + (found.has(one.text) ? found.get(one.text).pages : 0) });
  for (const file of files) {
    const count = readFileSync(file, "utf8").split("\n").length - 1;
    if (count > MOST_LINES) tooLong.add(`${relative(process.cwd(), file)} has ${count} lines, at most ${MOST_LINES} are allowed`);
  }
}
// What one page does not use of a file that several share, another one may.
const pagesWith = (at) => pages.filter(({ files }) => files.some((file) => relative(process.cwd(), file) === String(at).split(":")[0])).length;
const said = [...found.values()].filter(({ rule, at, pages: count }) => rule !== "no-unused-vars" || count === pagesWith(at)).map(({ text }) => text);
for (const one of [...said, ...tooLong]) console.log(one);
process.exitCode = said.length + tooLong.size ? 1 : 0;
