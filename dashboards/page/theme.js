// Light or dark, before anything is drawn: as the system says, or as was chosen here.
(function () {
    "use strict";
    const order = ["system", "light", "dark"];
    const root = document.documentElement;
    let chosen = "system";

    try {
        chosen = localStorage.getItem("verdictd-theme") || "system";
    } catch { /* storage is off: the system decides */ }

    function apply() {
        if (!order.includes(chosen))
            chosen = "system";
        if (chosen === "system")
            delete root.dataset.theme;
        else
            root.dataset.theme = chosen;
        const button = document.getElementById("theme");
        if (button)
            button.textContent = "Theme: " + chosen;
        document.dispatchEvent(new Event("themechange"));
    }

    apply();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
    document.addEventListener("DOMContentLoaded", () => {
        apply();
        document.getElementById("theme").addEventListener("click", () => {
            chosen = order[(order.indexOf(chosen) + 1) % order.length];
            try {
                localStorage.setItem("verdictd-theme", chosen);
            } catch { /* for this page only, then */ }
            apply();
        });
    });
})();
