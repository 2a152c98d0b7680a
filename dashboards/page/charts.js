// Charts in the page's colours, on one axis of time; drawn anew when the theme changes.
import {clock} from "/page/dom.js";

const {Chart} = window;
const all = new Set();

export function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

export function pale(name) {
    return color(name) + "33";
}

// Upright lines where the weight changed, and the verdicts as a strip along the top.
const marks = {
    id: "marks",
    beforeDatasetsDraw(chart, _, options) {
        const {ctx, chartArea: area, scales: {x}} = chart;

        ctx.save();
        for (const span of options.verdicts ?? []) {
            const from = Math.max(area.left, x.getPixelForValue(span.from));
            const to = Math.min(area.right, x.getPixelForValue(span.to));

            ctx.fillStyle = color(span.verdict);
            ctx.fillRect(from, area.top - 5, Math.max(1, to - from), 4);
        }
        ctx.strokeStyle = color("muted");
        ctx.setLineDash([2, 3]);
        for (const at of options.steps ?? []) {
            ctx.beginPath();
            ctx.moveTo(x.getPixelForValue(at), area.top);
            ctx.lineTo(x.getPixelForValue(at), area.bottom);
            ctx.stroke();
        }
        ctx.restore();
    },
};

// For each bar {from, to}: how far the truth may be from it.
const whiskers = {
    id: "whiskers",
    afterDatasetsDraw(chart, _, options) {
        const {ctx, scales} = chart;
        const bars = chart.getDatasetMeta(0).data;

        ctx.save();
        ctx.strokeStyle = color("text");
        (options.spans ?? []).forEach((span, i) => {
            if (!span || !bars[i])
                return;
            const from = scales.x.getPixelForValue(span.from);
            const to = scales.x.getPixelForValue(Math.min(span.to, scales.x.max));

            ctx.beginPath();
            ctx.moveTo(from, bars[i].y);
            ctx.lineTo(to, bars[i].y);
            ctx.moveTo(from, bars[i].y - 4);
            ctx.lineTo(from, bars[i].y + 4);
            ctx.moveTo(to, bars[i].y - 4);
            ctx.lineTo(to, bars[i].y + 4);
            ctx.stroke();
        });
        ctx.restore();
    },
};

// What stands in the bars of each set, where there is room: [["10 %", …], …].
const inscriptions = {
    id: "inscriptions",
    afterDatasetsDraw(chart, _, options) {
        const {ctx} = chart;

        ctx.save();
        ctx.fillStyle = color("surface");
        ctx.font = "bold 12px system-ui, sans-serif";
        ctx.textAlign = "center";
        ctx.textBaseline = "middle";
        (options.texts ?? []).forEach((texts, set) => texts.forEach((text, i) => {
            const bar = chart.getDatasetMeta(set).data[i];

            if (bar && Math.abs(bar.x - bar.base) > ctx.measureText(text).width + 6)
                ctx.fillText(text, (bar.x + bar.base) / 2, bar.y);
        }));
        ctx.restore();
    },
};

// Brackets {from, to, row, name, label} over the bars of buckets from and to.
const brackets = {
    id: "brackets",
    afterDatasetsDraw(chart, _, options) {
        const {ctx, chartArea: area, scales: {x}} = chart;
        const half = x.width / Math.max(1, x.ticks.length) / 2;

        ctx.save();
        ctx.lineWidth = 2;
        ctx.font = "12px system-ui, sans-serif";
        for (const b of options.list ?? []) {
            const y = area.top + 12 + 22 * b.row;
            const from = x.getPixelForValue(b.from) - half + 2;
            const to = x.getPixelForValue(b.to) + half - 2;

            ctx.strokeStyle = ctx.fillStyle = color(b.name);
            ctx.beginPath();
            ctx.moveTo(from, y + 5);
            ctx.lineTo(from, y);
            ctx.lineTo(to, y);
            ctx.lineTo(to, y + 5);
            ctx.stroke();
            ctx.textAlign = to + 90 > area.right ? "right" : "left";
            ctx.fillText(b.label, to + 90 > area.right ? from - 5 : to + 5, y + 5);
        }
        ctx.restore();
    },
};

export function scale(title, more = {}) {
    return {
        title: {display: Boolean(title), text: title, color: color("muted")},
        ticks: {color: color("muted"), maxRotation: 0, ...more.ticks},
        grid: {color: color("grid"), ...more.grid},
        ...Object.fromEntries(Object.entries(more).filter(([k]) => k !== "ticks" && k !== "grid")),
    };
}

export function timeScale(range) {
    return scale("", {
        type: "linear", min: range.from, max: range.to,
        ticks: {maxTicksLimit: 7, callback: (v) => clock(v)},
    });
}

// make(): a configuration, anew each time, since colours change with the theme.
export class Plot {
    constructor(canvas, make) {
        this.canvas = canvas;
        this.make = make;
        all.add(this);
        this.draw();
    }

    draw() {
        const config = this.make();

        if (!config)
            return;
        config.options = {
            animation: false, responsive: true, maintainAspectRatio: false, normalized: true,
            interaction: {mode: "nearest", axis: "x", intersect: false}, ...config.options,
        };
        config.options.plugins = {
            ...config.options.plugins,
            legend: {labels: {color: color("text"), boxWidth: 14,
                filter: (item) => !item.text.startsWith("_")}, ...config.options.plugins?.legend},
        };
        config.options.layout = {padding: {top: 6}};
        if (this.chart) {
            this.chart.data = config.data;
            this.chart.options = config.options;
            this.chart.update("none");
        } else {
            this.chart = new Chart(this.canvas, {...config, plugins: [marks, whiskers, brackets, inscriptions]});
        }
    }

    release() {
        all.delete(this);
        this.chart?.destroy();
    }
}

document.addEventListener("themechange", () => all.forEach((p) => p.draw()));
