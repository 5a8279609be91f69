// Accessible names that Django admin lacks or has in the wrong place: for the search field, the two
// inputs of a date and time, and the help icons of the choice lists.
const nameFields = () => {
  document.getElementById("searchbar")?.setAttribute("aria-label", "Search");
  for (const input of document.querySelectorAll(".datetime input[type=text]")) {
    const row = input.closest(".flex-container, .form-row, fieldset");
    const label = row?.querySelector("label, legend")?.textContent.trim().replace(/:$/, "") ?? "";
    const part = input.classList.contains("vTimeField") ? "time" : "date";
    input.setAttribute("aria-label", `${label}: ${part}`);
  }
  // A span may have an accessible name only with a role such as img (WAI-ARIA 1.2, 6.2.4).
  for (const sign of document.querySelectorAll("span.help-tooltip[aria-label]")) {
    sign.setAttribute("role", "img");
  }
  // An empty header names nothing: it is a cell (axe: empty-table-header).
  for (const header of document.querySelectorAll("th:empty")) {
    const cell = document.createElement("td");
    cell.className = header.className;
    header.replaceWith(cell);
  }
};

// Django builds the choice lists when the page has loaded.
addEventListener("load", nameFields);
