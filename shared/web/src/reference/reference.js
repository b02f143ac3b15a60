"use strict";
// Finds operations by words of their path, id or summary; closes the list on small screens. The page works without it.
const list = document.querySelector("nav details");
const small = matchMedia("(max-width: 899px)");
if (small.matches) list.open = false;
small.addEventListener("change", () => { list.open = !small.matches; });
list.addEventListener("click", (event) => { if (small.matches && event.target.closest("a")) list.open = false; });

const field = document.getElementById("find");
field.closest("label").hidden = false;
const items = [...document.querySelectorAll("nav li[data-find]")];
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const item of items) {
    const text = item.dataset.find.toLowerCase();
    item.hidden = !words.every((word) => text.includes(word));
  }
});
