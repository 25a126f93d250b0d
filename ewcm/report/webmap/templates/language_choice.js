// The language of a page that holds nothing else in its address: the address says it, and a list changes it.

function readLanguage() {
  const wanted = new URLSearchParams(location.hash.slice(1)).get("lang");
  if (LANGUAGES.includes(wanted)) language = wanted;
  byId("language").value = language;
}

// Fills the list, and shows the page anew by ``render`` whenever another language is chosen.
function offerLanguages(render) {
  replace(byId("language"), LANGUAGES.map((code) => el("option", { value: code, lang: code }, data.strings[code].own_name)));
  byId("language").addEventListener("change", () => {
    language = byId("language").value;
    render();
  });
  window.addEventListener("hashchange", () => {
    readLanguage();
    render();
  });
}
