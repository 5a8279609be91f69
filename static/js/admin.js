// What Django's administration leaves without a name, or names where a name is not read: the search
// field, the two inputs of a moment, and the signs beside the lists that one chooses from.
const nameFields = () => {
  document.getElementById("searchbar")?.setAttribute("aria-label", "Search");
  for (const input of document.querySelectorAll(".datetime input[type=text]")) {
    const row = input.closest(".flex-container, .form-row, fieldset");
    const label = row?.querySelector("label, legend")?.textContent.trim().replace(/:$/, "") ?? "";
    const part = input.classList.contains("vTimeField") ? "time" : "date";
    input.setAttribute("aria-label", `${label}: ${part}`);
  }
  // role=img lets a span have a name (WAI-ARIA 1.2, 6.2.4: a generic element may have none).
  for (const sign of document.querySelectorAll("span.help-tooltip[aria-label]")) {
    sign.setAttribute("role", "img");
  }
};

// The lists are made when the page has loaded.
addEventListener("load", nameFields);
