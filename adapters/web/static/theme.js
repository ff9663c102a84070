// Light or dark as the system says, unless a person chose; the choice stays in this browser.

const root = document.documentElement;
const KEY = "theme";

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is refused: the system's theme it is
  }
}

function shown() {
  return root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

const chosen = remembered();
if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

for (const button of document.querySelectorAll("[data-switch-theme]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = shown() === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(KEY, root.dataset.theme);
    } catch {
      return;
    }
  });
}
