// Describes the chosen crontab schedule in words under its field.
const words = JSON.parse(document.getElementById("readable-crontabs").textContent);
const select = document.getElementById("id_crontab");
const row = document.querySelector(".field-crontab");

const said = document.createElement("div");
said.className = "help";
said.setAttribute("role", "status");
row?.append(said);

const say = () => {
  said.textContent = words[select.value] ?? "";
};

document.querySelector(".field-crontab_translation")?.setAttribute("hidden", "");
if (select) {
  // The change event that jQuery triggers after the related-object popup is a native event, too.
  select.addEventListener("change", say);
  say();
}
