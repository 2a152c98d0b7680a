"""Parts of a Grafana dashboard as Python values: panels, targets, variables, links.

The JSON is Grafana's (schemaVersion 39, Grafana 10.2 and later), with nothing in it that
depends on an installation: the data source is the variable `datasource`.
"""
import re

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# verdictd_verdict, and the colours that the web page has for it.
VERDICTS = (("1", "pass", "green"), ("0", "hold", "yellow"), ("-1", "fail", "orange"), ("-2", "abort", "red"))
VERDICT_MAPPING = [{"type": "value", "options": {
    value: {"text": text, "color": color, "index": i} for i, (value, text, color) in enumerate(VERDICTS)}}]
COLUMNS = 24
CHOOSE = {"text": "", "value": ""}  # the first that there is


def target(expr, legend="", **more):
    """One query. Whole lines of blanks in expr are for the reader of this program."""
    out = {"datasource": SOURCE, "editorMode": "code", "expr": re.sub(r"\s+", " ", expr).strip(),
           "legendFormat": legend or "__auto", "range": True, "instant": False}
    out.update(more)
    return out


def instant(expr, **more):
    """For tables and single numbers: the values at the end of the shown time."""
    return target(expr, range=False, instant=True, format="table", **more)


def color(name, value):
    """An override: the series of this legend in this colour."""
    return {"matcher": {"id": "byRegexp", "options": name},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": value}}]}


def band(upper, lower, value):
    """Overrides: what lies between the two series is filled, their lines are thin."""
    thin = [{"id": "custom.lineWidth", "value": 0}, {"id": "custom.hideFrom",
            "value": {"legend": True, "tooltip": False, "viz": False}},
            {"id": "color", "value": {"mode": "fixed", "fixedColor": value}}]
    return [{"matcher": {"id": "byName", "options": upper},
             "properties": thin + [{"id": "custom.fillBelowTo", "value": lower},
                                   {"id": "custom.fillOpacity", "value": 15}]},
            {"matcher": {"id": "byName", "options": lower}, "properties": thin}]


def panel(kind, title, description, targets, width, height, unit="short", **more):
    """more: defaults (of fieldConfig), overrides, options, custom, transformations, mappings."""
    for i, t in enumerate(targets):
        t["refId"] = chr(ord("A") + i)
    defaults = {"unit": unit, "mappings": more.pop("mappings", []), "links": more.pop("links", []),
                "thresholds": {"mode": "absolute", "steps": more.pop("steps", [{"color": "green", "value": None}])},
                "color": {"mode": more.pop("color_mode", "palette-classic")}, "custom": more.pop("custom", {})}
    for key in ("min", "max", "decimals", "noValue"):
        if key in more:
            defaults[key] = more.pop(key)
    out = {"type": kind, "title": title, "description": description, "datasource": SOURCE, "targets": targets,
           "gridPos": {"w": width, "h": height}, "options": more.pop("options", {}),
           "fieldConfig": {"defaults": defaults, "overrides": more.pop("overrides", [])},
           "transformations": more.pop("transformations", [])}
    if more:
        raise SystemExit(f"panel {title}: what is {', '.join(more)}?")
    return out


def graph(title, description, targets, width=12, height=8, unit="short", stack=False, bars=False, log=False, **more):
    custom = {"drawStyle": "bars" if bars else "line", "lineWidth": 1, "showPoints": "never", "spanNulls": 60000,
              "fillOpacity": 80 if bars else 20 if stack else 0, "stacking": {"mode": "normal" if stack else "none"},
              "scaleDistribution": {"type": "log", "log": 10} if log else {"type": "linear"}}
    options = {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
               "tooltip": {"mode": "multi", "sort": "desc"}}
    return panel("timeseries", title, description, targets, width, height, unit, custom=custom, options=options, **more)


def number(title, description, expr, width=4, height=4, unit="short", bad_over=None, bad_under=None, **more):
    """A stat; red where the value passes what is given."""
    steps = [{"color": "green", "value": None}]
    if bad_over is not None:
        steps = [{"color": "green", "value": None}, {"color": "red", "value": bad_over}]
    if bad_under is not None:
        steps = [{"color": "red", "value": None}, {"color": "green", "value": bad_under}]
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value",
               "graphMode": "none", "textMode": "auto", "justifyMode": "auto", "orientation": "auto",
               "wideLayout": True, "showPercentChange": False, "percentChangeColorMode": "standard"}
    return panel("stat", title, description, [target(expr)], width, height, unit, color_mode="thresholds",
                 steps=steps, options=options, **more)


def timeline(title, description, targets, width=24, height=6):
    options = {"mergeValues": True, "showValue": "never", "rowHeight": 0.8, "alignValue": "left",
               "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
               "tooltip": {"mode": "single", "sort": "none"}}
    return panel("state-timeline", title, description, targets, width, height, "none", mappings=VERDICT_MAPPING,
                 color_mode="thresholds", custom={"fillOpacity": 70, "lineWidth": 0},
                 options=options)


def heat(title, description, expr, width=12, height=8, unit="ms"):
    options = {"calculate": False, "yAxis": {"unit": unit, "axisPlacement": "left"}, "cellGap": 1, "showValue": "never",
               "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64, "exponent": 0.5, "reverse": False,
                         "fill": "dark-orange"},
               "filterValues": {"le": 1e-09}, "legend": {"show": True}, "rowsFrame": {"layout": "auto"},
               "tooltip": {"mode": "single", "yHistogram": False, "showColorScale": False}, "exemplars": {"color": "red"}}
    return panel("heatmap", title, description, [target(expr, "{{le}}", format="heatmap")], width, height, unit,
                 options=options)


def table(title, description, targets, columns, width=24, height=8, overrides=(), **more):
    """columns: pairs of the label (or "Value", with several targets "Value #A") and its heading, in order."""
    names = [c for c, _ in columns]
    transformations = [{"id": "merge", "options": {}},
                       {"id": "filterFieldsByName", "options": {"include": {"names": names}}},
                       {"id": "organize", "options": {"indexByName": {c: i for i, c in enumerate(names)},
                                                      "renameByName": {}, "excludeByName": {}}}]
    heads = [{"matcher": {"id": "byName", "options": c}, "properties": [{"id": "displayName", "value": h}]}
             for c, h in columns if c != h]
    return panel("table", title, description, targets, width, height, "short", options={"showHeader": True,
                 "cellHeight": "sm", "frameIndex": 0}, transformations=transformations,
                 overrides=heads + list(overrides), custom={"align": "left", "filterable": True,
                 "cellOptions": {"type": "auto"}}, **more)


def cell(column, *properties):
    """An override of a table's column: pairs of id and value."""
    return {"matcher": {"id": "byName", "options": column},
            "properties": [{"id": i, "value": v} for i, v in properties]}


def verdict_cell(column):
    return cell(column, ("mappings", VERDICT_MAPPING),
                ("custom.cellOptions", {"type": "color-background", "mode": "basic"}))


def link_cell(column, title, url):
    return cell(column, ("links", [{"title": title, "url": url, "targetBlank": False}]))


def variable(name, label, query, multi=True, include_all=True, hide=0, sort=1):
    """A list of a label's values, asked anew when the shown time changes."""
    everything = {"allValue": ".+"} if include_all else {}
    return {"type": "query", "name": name, "label": label, "datasource": SOURCE, "refresh": 2, "sort": sort,
            "hide": hide, "multi": multi, "includeAll": include_all, **everything,
            "query": {"query": query, "refId": name}, "regex": "", "options": [],
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]} if multi else CHOOSE}


def source_variable():
    return {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "refresh": 1,
            "hide": 0, "multi": False, "includeAll": False, "regex": "", "options": [], "current": CHOOSE}


def page_variable():
    """Where a browser finds verdictd's own page."""
    url = "http://127.0.0.1:8080"
    return {"type": "textbox", "name": "page", "label": "verdictd's page", "query": url, "hide": 0,
            "options": [{"selected": True, "text": url, "value": url}],
            "current": {"selected": True, "text": url, "value": url}}


def annotation(name, expr, title, text, value):
    return {"name": name, "datasource": SOURCE, "enable": True, "hide": False, "iconColor": value,
            "expr": expr, "titleFormat": title, "textFormat": text, "step": "15s", "useValueForTime": False,
            "target": {"expr": expr, "refId": "Anno", "range": True, "instant": False}}


def row(title):
    return {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"w": COLUMNS, "h": 1}}


def place(panels):
    """Ids, and positions from left to right, each line as high as its highest panel."""
    x = y = line = 0
    for i, p in enumerate(panels, 1):
        at = p["gridPos"]
        if x + at["w"] > COLUMNS:
            x, y, line = 0, y + line, 0
        p["id"], at["x"], at["y"] = i, x, y
        x, line = x + at["w"], max(line, at["h"])
    return panels


def dashboard(uid, title, description, variables, panels, annotations=(), links=(), hours=6):
    """links: pairs of title and address, besides those to the other dashboards."""
    others = {"type": "dashboards", "title": "verdictd", "tags": ["verdictd"], "asDropdown": True, "includeVars": True,
              "keepTime": True, "icon": "external link", "targetBlank": False, "tooltip": "", "url": ""}
    own = [{"type": "link", "title": t, "url": u, "icon": "dashboard", "targetBlank": True, "includeVars": False,
            "keepTime": False, "asDropdown": False, "tags": [], "tooltip": ""} for t, u in links]
    builtin = {"builtIn": 1, "name": "Annotations & Alerts", "type": "dashboard", "enable": True, "hide": True,
               "iconColor": "rgba(0, 211, 255, 1)", "datasource": {"type": "grafana", "uid": "-- Grafana --"}}
    return {"uid": uid, "title": title, "description": description, "tags": ["verdictd"], "schemaVersion": 39,
            "version": 1, "editable": False, "graphTooltip": 1, "fiscalYearStartMonth": 0, "weekStart": "",
            "timezone": "browser", "refresh": "30s", "time": {"from": f"now-{hours}h", "to": "now"},
            "timepicker": {}, "links": [others] + own, "annotations": {"list": [builtin] + list(annotations)},
            "templating": {"list": variables}, "panels": place(panels)}
