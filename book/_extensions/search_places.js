// On the search's page: each hit leads to the section that holds what was asked for, and says what stands there.
// search_places.py puts in what the sections say: {page: [[anchor, title, text, names in its code], ...]}.
(() => {
  "use strict";

  const pages = {/* places */};
  const list = document.getElementById("search-results");
  if (!list) return;
  const query = (new URLSearchParams(location.search).get("q") || "").trim().toLowerCase();
  const words = query.match(/[\p{L}\p{N}_]+/gu) || [];
  // Sphinx searches by stems; a section may say "overflows" where "overflow" was asked for.
  const stemmer = typeof Stemmer === "undefined" ? null : new Stemmer();
  const stem = (word) => (stemmer && /^[a-z]+$/.test(word) ? stemmer.stemWord(word) : word);
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // "log-sum-exp" is asked for as "log sum exp", too, and a name's parts by their beginnings.
  const begin = "(?<![\\p{L}\\p{N}])";
  const sources = words.map((word) => `${escaped(stem(word))}[\\p{L}\\p{N}_]*`);
  const phrase = words.length > 1 && new RegExp(begin + sources.join("[^\\p{L}\\p{N}_]{1,3}"), "iu");
  const patterns = sources.map((source) => new RegExp(begin + source, "iu"));

  function score([, title, text, code]) {
    let sum = 0;
    const names = title.toLowerCase().split(".");
    if (names.length > 1 && names.at(-1) === query) sum += 28 - 4 * names.length; // a function by its name
    // Else the parts of its name are words like others. A heading with a full stop has spaces, too.
    if (/^[^ ]+[.][^ ]+$/.test(title) && !query.includes("_")) title = "";
    if (phrase) sum += (phrase.test(title) ? 12 : 0) + (phrase.test(text) ? 6 : 0);
    for (const pattern of patterns)
      sum += (pattern.test(title) ? 4 : 0) + (pattern.test(text) ? 3 : pattern.test(code) ? 1 : 0);
    return sum;
  }

  function best(places) {
    let found = null;
    let most = 0;
    for (const place of places) {
      const sum = score(place);
      if (sum > most) [found, most] = [place, sum];
    }
    return found;
  }

  function excerpt(text) {
    const at = Math.max(0, (phrase && phrase.exec(text)?.index) ?? -1, 0) || first(text);
    let start = Math.max(0, at - 70);
    if (start) start = text.indexOf(" ", start) + 1;
    let end = Math.min(text.length, start + 220);
    if (end < text.length) end = text.lastIndexOf(" ", end);
    return `${start ? "… " : ""}${text.slice(start, end)}${end < text.length ? " …" : ""}`;
  }

  function first(text) {
    const at = patterns.map((pattern) => text.search(pattern)).filter((place) => place >= 0);
    return at.length ? Math.min(...at) : 0;
  }

  function marked(text) {
    const line = document.createElement("p");
    line.className = "context";
    const all = patterns.length ? new RegExp(patterns.map((pattern) => pattern.source).join("|"), "giu") : null;
    let end = 0;
    for (const match of all ? text.matchAll(all) : []) {
      line.append(text.slice(end, match.index));
      line.appendChild(document.createElement("mark")).textContent = match[0];
      end = match.index + match[0].length;
    }
    line.append(text.slice(end));
    return line;
  }

  function complete(item) {
    const link = item.querySelector("a");
    if (!link || item.dataset.place) return;
    item.dataset.place = "none";
    const root = new URL(document.documentElement.dataset.content_root || "./", location.href).pathname;
    const page = decodeURIComponent(link.pathname.slice(root.length)).replace(/(\.html|\/)$/, "") || "index";
    const places = pages[page];
    if (!places) return;
    const place = link.hash ? places.find(([anchor]) => `#${anchor}` === decodeURIComponent(link.hash)) : best(places);
    if (!place) return;
    item.dataset.place = place[0];
    item.dataset.score = score(place);
    if (!link.hash && place !== places[0]) {
      link.hash = place[0];
      const within = document.createElement("span");
      within.className = "search-place";
      within.textContent = place[1];
      link.append(" › ", within);
    }
    if (place[2] && !item.querySelector(".context")) item.append(marked(excerpt(place[2])));
  }

  // Sphinx counts words of whole pages. When all hits are there, those whose places say more of it come first.
  let sorting = 0;
  function sort() {
    const led = new Set();
    for (const { href, parentNode } of list.querySelectorAll("ul.search > li > a"))
      led.has(href) ? parentNode.remove() : led.add(href); // a term is found by its name and in its page
    const items = [...list.querySelectorAll("ul.search > li")];
    const wanted = items.toSorted((a, b) => (b.dataset.score || 0) - (a.dataset.score || 0));
    if (wanted.some((item, k) => item !== items[k])) items[0].parentNode.append(...wanted);
  }

  function look() {
    list.querySelectorAll("ul.search > li").forEach(complete);
    clearTimeout(sorting);
    sorting = setTimeout(sort, 80);
  }
  new MutationObserver(look).observe(list, { childList: true, subtree: true });
  look();
})();
