import type {D,O,F} from "./loose";
export const d: D = {
 "uid": "verdictd-rollout",
 "title": "verdictd / One rollout",
 "description": "Canary against baseline: what was counted, what the evidence is, what was told.",
 "tags": [
  "verdictd"
 ],
 "schemaVersion": 39,
 "version": 1,
 "editable": false,
 "graphTooltip": 1,
 "fiscalYearStartMonth": 0,
 "weekStart": "",
 "timezone": "browser",
 "refresh": "30s",
 "time": {
  "from": "now-1h",
  "to": "now"
 },
 "timepicker": {},
 "links": [
  {
   "type": "dashboards",
   "title": "verdictd",
   "tags": [
    "verdictd"
   ],
   "asDropdown": true,
   "includeVars": true,
   "keepTime": true,
   "icon": "external link",
   "targetBlank": false,
   "tooltip": "",
   "url": ""
  },
  {
   "type": "link",
   "title": "This run on verdictd's page",
   "url": "${page}/#/runs/${run}",
   "icon": "dashboard",
   "targetBlank": true,
   "includeVars": false,
   "keepTime": false,
   "asDropdown": false,
   "tags": [],
   "tooltip": ""
  }
 ],
 "annotations": {
  "list": [
   {
    "builtIn": 1,
    "name": "Annotations & Alerts",
    "type": "dashboard",
    "enable": true,
    "hide": true,
    "iconColor": "rgba(0, 211, 255, 1)",
    "datasource": {
     "type": "grafana",
     "uid": "-- Grafana --"
    }
   },
   {
    "name": "Verdicts and reasons",
    "datasource": {
     "type": "prometheus",
     "uid": "${datasource}"
    },
    "enable": true,
    "hide": false,
    "iconColor": "purple",
    "expr": "verdictd_verdict_reason{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
    "titleFormat": "{{verdict}}",
    "textFormat": "{{reason}}",
    "step": "15s",
    "useValueForTime": false,
    "target": {
     "expr": "verdictd_verdict_reason{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "refId": "Anno",
     "range": true,
     "instant": false
    }
   },
   {
    "name": "People",
    "datasource": {
     "type": "prometheus",
     "uid": "${datasource}"
    },
    "enable": true,
    "hide": false,
    "iconColor": "red",
    "expr": "verdictd_act{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
    "titleFormat": "{{action}}",
    "textFormat": "a person's word",
    "step": "15s",
    "useValueForTime": false,
    "target": {
     "expr": "verdictd_act{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "refId": "Anno",
     "range": true,
     "instant": false
    }
   }
  ]
 },
 "templating": {
  "list": [
   {
    "type": "datasource",
    "name": "datasource",
    "label": "Data source",
    "query": "prometheus",
    "refresh": 1,
    "hide": 0,
    "multi": false,
    "includeAll": false,
    "regex": "",
    "options": [],
    "current": {
     "text": "",
     "value": ""
    }
   },
   {
    "type": "query",
    "name": "namespace",
    "label": "Namespace",
    "datasource": {
     "type": "prometheus",
     "uid": "${datasource}"
    },
    "refresh": 2,
    "sort": 1,
    "hide": 0,
    "multi": false,
    "includeAll": false,
    "query": {
     "query": "label_values(verdictd_service_info, namespace)",
     "refId": "namespace"
    },
    "regex": "",
    "options": [],
    "current": {
     "text": "",
     "value": ""
    }
   },
   {
    "type": "query",
    "name": "service",
    "label": "Service",
    "datasource": {
     "type": "prometheus",
     "uid": "${datasource}"
    },
    "refresh": 2,
    "sort": 1,
    "hide": 0,
    "multi": false,
    "includeAll": false,
    "query": {
     "query": "label_values(verdictd_service_info{namespace=\"$namespace\"}, service)",
     "refId": "service"
    },
    "regex": "",
    "options": [],
    "current": {
     "text": "",
     "value": ""
    }
   },
   {
    "type": "query",
    "name": "version",
    "label": "Version",
    "datasource": {
     "type": "prometheus",
     "uid": "${datasource}"
    },
    "refresh": 2,
    "sort": 4,
    "hide": 0,
    "multi": false,
    "includeAll": false,
    "query": {
     "query": "label_values(verdictd_run_info{namespace=\"$namespace\", service=\"$service\"}, version)",
     "refId": "version"
    },
    "regex": "",
    "options": [],
    "current": {
     "text": "",
     "value": ""
    }
   },
   {
    "type": "query",
    "name": "run",
    "label": "Run",
    "datasource": {
     "type": "prometheus",
     "uid": "${datasource}"
    },
    "refresh": 2,
    "sort": 4,
    "hide": 0,
    "multi": false,
    "includeAll": false,
    "query": {
     "query": "label_values(verdictd_run_info{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}, run)",
     "refId": "run"
    },
    "regex": "",
    "options": [],
    "current": {
     "text": "",
     "value": ""
    }
   },
   {
    "type": "query",
    "name": "view",
    "label": "Seen by",
    "datasource": {
     "type": "prometheus",
     "uid": "${datasource}"
    },
    "refresh": 2,
    "sort": 2,
    "hide": 0,
    "multi": false,
    "includeAll": false,
    "query": {
     "query": "label_values(verdictd_success_ratio{namespace=\"$namespace\", service=\"$service\"}, view)",
     "refId": "view"
    },
    "regex": "",
    "options": [],
    "current": {
     "text": "",
     "value": ""
    }
   },
   {
    "type": "textbox",
    "name": "page",
    "label": "verdictd's page",
    "query": "http://127.0.0.1:8080",
    "hide": 0,
    "options": [
     {
      "selected": true,
      "text": "http://127.0.0.1:8080",
      "value": "http://127.0.0.1:8080"
     }
    ],
    "current": {
     "selected": true,
     "text": "http://127.0.0.1:8080",
     "value": "http://127.0.0.1:8080"
    }
   }
  ]
 },
 "panels": [
  {
   "type": "state-timeline",
   "title": "Verdict",
   "description": "What the gates are told for the promotion and for a step before it. Reasons stand in the annotations.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_verdict{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "legendFormat": "promotion",
     "range": true,
     "instant": false,
     "refId": "A"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_step_verdict{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "legendFormat": "step",
     "range": true,
     "instant": false,
     "refId": "B"
    }
   ],
   "gridPos": {
    "w": 24,
    "h": 4,
    "x": 0,
    "y": 0
   },
   "options": {
    "mergeValues": true,
    "showValue": "never",
    "rowHeight": 0.8,
    "alignValue": "left",
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "single",
     "sort": "none"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "none",
     "mappings": [
      {
       "type": "value",
       "options": {
        "0": {
         "text": "hold",
         "color": "yellow",
         "index": 1
        },
        "1": {
         "text": "pass",
         "color": "green",
         "index": 0
        },
        "-1": {
         "text": "fail",
         "color": "orange",
         "index": 2
        },
        "-2": {
         "text": "abort",
         "color": "red",
         "index": 3
        }
       }
      }
     ],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "thresholds"
     },
     "custom": {
      "fillOpacity": 70,
      "lineWidth": 0
     }
    },
    "overrides": []
   },
   "transformations": [],
   "id": 1
  },
  {
   "type": "timeseries",
   "title": "Success rate",
   "description": "Of the last 5 minutes, with 95 % confidence intervals.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_success_ratio{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"canary\", version=~\"$version\"}",
     "legendFormat": "canary",
     "range": true,
     "instant": false,
     "refId": "A"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_success_ratio{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"baseline\"}",
     "legendFormat": "baseline",
     "range": true,
     "instant": false,
     "refId": "B"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_success_ratio_upper{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"canary\", version=~\"$version\"}",
     "legendFormat": "canary upper",
     "range": true,
     "instant": false,
     "refId": "C"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_success_ratio_upper{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"baseline\"}",
     "legendFormat": "baseline upper",
     "range": true,
     "instant": false,
     "refId": "D"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_success_ratio_lower{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"canary\", version=~\"$version\"}",
     "legendFormat": "canary lower",
     "range": true,
     "instant": false,
     "refId": "E"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_success_ratio_lower{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"baseline\"}",
     "legendFormat": "baseline lower",
     "range": true,
     "instant": false,
     "refId": "F"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 0,
    "y": 4
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "percentunit",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 0,
      "stacking": {
       "mode": "none"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "max": 1
    },
    "overrides": [
     {
      "matcher": {
       "id": "byRegexp",
       "options": "^canary$"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "orange"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byRegexp",
       "options": "^baseline$"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "blue"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "canary upper"
      },
      "properties": [
       {
        "id": "custom.lineWidth",
        "value": 0
       },
       {
        "id": "custom.hideFrom",
        "value": {
         "legend": true,
         "tooltip": false,
         "viz": false
        }
       },
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "orange"
        }
       },
       {
        "id": "custom.fillBelowTo",
        "value": "canary lower"
       },
       {
        "id": "custom.fillOpacity",
        "value": 15
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "canary lower"
      },
      "properties": [
       {
        "id": "custom.lineWidth",
        "value": 0
       },
       {
        "id": "custom.hideFrom",
        "value": {
         "legend": true,
         "tooltip": false,
         "viz": false
        }
       },
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "orange"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "baseline upper"
      },
      "properties": [
       {
        "id": "custom.lineWidth",
        "value": 0
       },
       {
        "id": "custom.hideFrom",
        "value": {
         "legend": true,
         "tooltip": false,
         "viz": false
        }
       },
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "blue"
        }
       },
       {
        "id": "custom.fillBelowTo",
        "value": "baseline lower"
       },
       {
        "id": "custom.fillOpacity",
        "value": 15
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "baseline lower"
      },
      "properties": [
       {
        "id": "custom.lineWidth",
        "value": 0
       },
       {
        "id": "custom.hideFrom",
        "value": {
         "legend": true,
         "tooltip": false,
         "viz": false
        }
       },
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "blue"
        }
       }
      ]
     }
    ]
   },
   "transformations": [],
   "id": 2
  },
  {
   "type": "timeseries",
   "title": "95th percentile of latency",
   "description": "Of the last 5 minutes. The interval's ends are bounds of buckets: no telemetry knows more.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_latency_ms{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"canary\", version=~\"$version\", quantile=\"0.95\"}",
     "legendFormat": "canary",
     "range": true,
     "instant": false,
     "refId": "A"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_latency_ms{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"baseline\", quantile=\"0.95\"}",
     "legendFormat": "baseline",
     "range": true,
     "instant": false,
     "refId": "B"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_latency_ms_upper{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"canary\", version=~\"$version\", quantile=\"0.95\"}",
     "legendFormat": "canary upper",
     "range": true,
     "instant": false,
     "refId": "C"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_latency_ms_upper{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"baseline\", quantile=\"0.95\"}",
     "legendFormat": "baseline upper",
     "range": true,
     "instant": false,
     "refId": "D"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_latency_ms_lower{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"canary\", version=~\"$version\", quantile=\"0.95\"}",
     "legendFormat": "canary lower",
     "range": true,
     "instant": false,
     "refId": "E"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_latency_ms_lower{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"baseline\", quantile=\"0.95\"}",
     "legendFormat": "baseline lower",
     "range": true,
     "instant": false,
     "refId": "F"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 12,
    "y": 4
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "ms",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 0,
      "stacking": {
       "mode": "none"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0
    },
    "overrides": [
     {
      "matcher": {
       "id": "byRegexp",
       "options": "^canary$"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "orange"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byRegexp",
       "options": "^baseline$"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "blue"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "canary upper"
      },
      "properties": [
       {
        "id": "custom.lineWidth",
        "value": 0
       },
       {
        "id": "custom.hideFrom",
        "value": {
         "legend": true,
         "tooltip": false,
         "viz": false
        }
       },
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "orange"
        }
       },
       {
        "id": "custom.fillBelowTo",
        "value": "canary lower"
       },
       {
        "id": "custom.fillOpacity",
        "value": 15
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "canary lower"
      },
      "properties": [
       {
        "id": "custom.lineWidth",
        "value": 0
       },
       {
        "id": "custom.hideFrom",
        "value": {
         "legend": true,
         "tooltip": false,
         "viz": false
        }
       },
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "orange"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "baseline upper"
      },
      "properties": [
       {
        "id": "custom.lineWidth",
        "value": 0
       },
       {
        "id": "custom.hideFrom",
        "value": {
         "legend": true,
         "tooltip": false,
         "viz": false
        }
       },
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "blue"
        }
       },
       {
        "id": "custom.fillBelowTo",
        "value": "baseline lower"
       },
       {
        "id": "custom.fillOpacity",
        "value": 15
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "baseline lower"
      },
      "properties": [
       {
        "id": "custom.lineWidth",
        "value": 0
       },
       {
        "id": "custom.hideFrom",
        "value": {
         "legend": true,
         "tooltip": false,
         "viz": false
        }
       },
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "blue"
        }
       }
      ]
     }
    ]
   },
   "transformations": [],
   "id": 3
  },
  {
   "type": "timeseries",
   "title": "Evidence",
   "description": "e-values against \"not worse than the margin\": a check aborts where its line reaches its limit.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_evidence{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "legendFormat": "{{check}}",
     "range": true,
     "instant": false,
     "refId": "A"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_evidence_limit{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "legendFormat": "{{check}}: limit",
     "range": true,
     "instant": false,
     "refId": "B"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 0,
    "y": 12
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "short",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 0,
      "stacking": {
       "mode": "none"
      },
      "scaleDistribution": {
       "type": "log",
       "log": 10
      }
     }
    },
    "overrides": [
     {
      "matcher": {
       "id": "byRegexp",
       "options": ".*: limit"
      },
      "properties": [
       {
        "id": "custom.lineStyle",
        "value": {
         "fill": "dash",
         "dash": [
          8,
          6
         ]
        }
       }
      ]
     }
    ]
   },
   "transformations": [],
   "id": 4
  },
  {
   "type": "timeseries",
   "title": "Traffic",
   "description": "The share that the canary was given, and the one it had.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_canary_weight_ratio{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "legendFormat": "weight",
     "range": true,
     "instant": false,
     "refId": "A"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_canary_traffic_ratio{namespace=\"$namespace\", service=\"$service\", version=\"$version\", view=\"$view\"}",
     "legendFormat": "traffic",
     "range": true,
     "instant": false,
     "refId": "B"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 12,
    "y": 12
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "percentunit",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 0,
      "stacking": {
       "mode": "none"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0,
     "max": 1
    },
    "overrides": [
     {
      "matcher": {
       "id": "byName",
       "options": "weight"
      },
      "properties": [
       {
        "id": "custom.lineInterpolation",
        "value": "stepAfter"
       },
       {
        "id": "custom.fillOpacity",
        "value": 10
       }
      ]
     }
    ]
   },
   "transformations": [],
   "id": 5
  },
  {
   "type": "timeseries",
   "title": "Requests",
   "description": "Counted for both arms, each second.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum by (arm) (rate(verdictd_requests_total{namespace=\"$namespace\", service=\"$service\", view=\"$view\"}[$__rate_interval]))",
     "legendFormat": "{{arm}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 0,
    "y": 20
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "reqps",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 0,
      "stacking": {
       "mode": "none"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0
    },
    "overrides": [
     {
      "matcher": {
       "id": "byRegexp",
       "options": "^canary$"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "orange"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byRegexp",
       "options": "^baseline$"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "blue"
        }
       }
      ]
     }
    ]
   },
   "transformations": [],
   "id": 6
  },
  {
   "type": "timeseries",
   "title": "Failed requests",
   "description": "Faults of the application and of the infrastructure, each second.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum by (arm) (rate(verdictd_failed_requests_total{namespace=\"$namespace\", service=\"$service\", view=\"$view\"}[$__rate_interval]))",
     "legendFormat": "{{arm}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 12,
    "y": 20
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "reqps",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 0,
      "stacking": {
       "mode": "none"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0
    },
    "overrides": [
     {
      "matcher": {
       "id": "byRegexp",
       "options": "^canary$"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "orange"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byRegexp",
       "options": "^baseline$"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "blue"
        }
       }
      ]
     }
    ]
   },
   "transformations": [],
   "id": 7
  },
  {
   "type": "heatmap",
   "title": "Latency of the canary",
   "description": "Requests by bucket.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum by (le) (increase(verdictd_request_duration_milliseconds_bucket{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"canary\", version=~\"$version\"}[$__rate_interval]))",
     "legendFormat": "{{le}}",
     "range": true,
     "instant": false,
     "format": "heatmap",
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 0,
    "y": 28
   },
   "options": {
    "calculate": false,
    "yAxis": {
     "unit": "ms",
     "axisPlacement": "left"
    },
    "cellGap": 1,
    "showValue": "never",
    "color": {
     "mode": "scheme",
     "scheme": "Oranges",
     "steps": 64,
     "exponent": 0.5,
     "reverse": false,
     "fill": "dark-orange"
    },
    "filterValues": {
     "le": 1e-9
    },
    "legend": {
     "show": true
    },
    "rowsFrame": {
     "layout": "auto"
    },
    "tooltip": {
     "mode": "single",
     "yHistogram": false,
     "showColorScale": false
    },
    "exemplars": {
     "color": "red"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "ms",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {}
    },
    "overrides": []
   },
   "transformations": [],
   "id": 8
  },
  {
   "type": "heatmap",
   "title": "Latency of the baseline",
   "description": "Requests by bucket.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum by (le) (increase(verdictd_request_duration_milliseconds_bucket{namespace=\"$namespace\", service=\"$service\", view=\"$view\", arm=\"baseline\"}[$__rate_interval]))",
     "legendFormat": "{{le}}",
     "range": true,
     "instant": false,
     "format": "heatmap",
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 12,
    "y": 28
   },
   "options": {
    "calculate": false,
    "yAxis": {
     "unit": "ms",
     "axisPlacement": "left"
    },
    "cellGap": 1,
    "showValue": "never",
    "color": {
     "mode": "scheme",
     "scheme": "Oranges",
     "steps": 64,
     "exponent": 0.5,
     "reverse": false,
     "fill": "dark-orange"
    },
    "filterValues": {
     "le": 1e-9
    },
    "legend": {
     "show": true
    },
    "rowsFrame": {
     "layout": "auto"
    },
    "tooltip": {
     "mode": "single",
     "yHistogram": false,
     "showColorScale": false
    },
    "exemplars": {
     "color": "red"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "ms",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {}
    },
    "overrides": []
   },
   "transformations": [],
   "id": 9
  },
  {
   "type": "table",
   "title": "Checks",
   "description": "What each check says now, its evidence against what it must reach, or its value against its limit.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_check_verdict{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "legendFormat": "__auto",
     "range": false,
     "instant": true,
     "format": "table",
     "refId": "A"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_evidence{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "legendFormat": "__auto",
     "range": false,
     "instant": true,
     "format": "table",
     "refId": "B"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_evidence_limit{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "legendFormat": "__auto",
     "range": false,
     "instant": true,
     "format": "table",
     "refId": "C"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_check_value{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "legendFormat": "__auto",
     "range": false,
     "instant": true,
     "format": "table",
     "refId": "D"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_check_limit{namespace=\"$namespace\", service=\"$service\", version=\"$version\"}",
     "legendFormat": "__auto",
     "range": false,
     "instant": true,
     "format": "table",
     "refId": "E"
    }
   ],
   "gridPos": {
    "w": 18,
    "h": 8,
    "x": 0,
    "y": 36
   },
   "options": {
    "showHeader": true,
    "cellHeight": "sm",
    "frameIndex": 0
   },
   "fieldConfig": {
    "defaults": {
     "unit": "short",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "align": "left",
      "filterable": true,
      "cellOptions": {
       "type": "auto"
      }
     }
    },
    "overrides": [
     {
      "matcher": {
       "id": "byName",
       "options": "Value #A"
      },
      "properties": [
       {
        "id": "displayName",
        "value": "verdict"
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "Value #B"
      },
      "properties": [
       {
        "id": "displayName",
        "value": "evidence"
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "Value #C"
      },
      "properties": [
       {
        "id": "displayName",
        "value": "evidence to reach"
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "Value #D"
      },
      "properties": [
       {
        "id": "displayName",
        "value": "value"
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "Value #E"
      },
      "properties": [
       {
        "id": "displayName",
        "value": "limit"
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "Value #A"
      },
      "properties": [
       {
        "id": "mappings",
        "value": [
         {
          "type": "value",
          "options": {
           "0": {
            "text": "hold",
            "color": "yellow",
            "index": 1
           },
           "1": {
            "text": "pass",
            "color": "green",
            "index": 0
           },
           "-1": {
            "text": "fail",
            "color": "orange",
            "index": 2
           },
           "-2": {
            "text": "abort",
            "color": "red",
            "index": 3
           }
          }
         }
        ]
       },
       {
        "id": "custom.cellOptions",
        "value": {
         "type": "color-background",
         "mode": "basic"
        }
       }
      ]
     }
    ]
   },
   "transformations": [
    {
     "id": "merge",
     "options": {}
    },
    {
     "id": "filterFieldsByName",
     "options": {
      "include": {
       "names": [
        "check",
        "Value #A",
        "Value #B",
        "Value #C",
        "Value #D",
        "Value #E"
       ]
      }
     }
    },
    {
     "id": "organize",
     "options": {
      "indexByName": {
       "check": 0,
       "Value #A": 1,
       "Value #B": 2,
       "Value #C": 3,
       "Value #D": 4,
       "Value #E": 5
      },
      "renameByName": {},
      "excludeByName": {}
     }
    }
   ],
   "id": 10
  },
  {
   "type": "stat",
   "title": "Requests still needed",
   "description": "Of the canary, before it can be told; where that can be computed.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "verdictd_requests_needed{namespace=\"$namespace\", service=\"$service\", version=\"$version\"} or vector(0)",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 6,
    "h": 8,
    "x": 18,
    "y": 36
   },
   "options": {
    "reduceOptions": {
     "calcs": [
      "lastNotNull"
     ],
     "fields": "",
     "values": false
    },
    "colorMode": "value",
    "graphMode": "none",
    "textMode": "auto",
    "justifyMode": "auto",
    "orientation": "auto",
    "wideLayout": true,
    "showPercentChange": false,
    "percentChangeColorMode": "standard"
   },
   "fieldConfig": {
    "defaults": {
     "unit": "short",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "thresholds"
     },
     "custom": {}
    },
    "overrides": []
   },
   "transformations": [],
   "id": 11
  }
 ]
};
export const o0: O["state-timeline"] = {"mergeValues":true,"showValue":"never","rowHeight":0.8,"alignValue":"left","legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"single","sort":"none"}}; // Verdict
export const f0: F["state-timeline"] = {"fillOpacity":70,"lineWidth":0};
export const o1: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Success rate
export const f1: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o2: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // 95th percentile of latency
export const f2: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o3: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Evidence
export const f3: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"log","log":10}};
export const o4: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Traffic
export const f4: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o5: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Requests
export const f5: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o6: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Failed requests
export const f6: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o7: O["heatmap"] = {"calculate":false,"yAxis":{"unit":"ms","axisPlacement":"left"},"cellGap":1,"showValue":"never","color":{"mode":"scheme","scheme":"Oranges","steps":64,"exponent":0.5,"reverse":false,"fill":"dark-orange"},"filterValues":{"le":1e-9},"legend":{"show":true},"rowsFrame":{"layout":"auto"},"tooltip":{"mode":"single","yHistogram":false,"showColorScale":false},"exemplars":{"color":"red"}}; // Latency of the canary
export const f7: F["heatmap"] = {};
export const o8: O["heatmap"] = {"calculate":false,"yAxis":{"unit":"ms","axisPlacement":"left"},"cellGap":1,"showValue":"never","color":{"mode":"scheme","scheme":"Oranges","steps":64,"exponent":0.5,"reverse":false,"fill":"dark-orange"},"filterValues":{"le":1e-9},"legend":{"show":true},"rowsFrame":{"layout":"auto"},"tooltip":{"mode":"single","yHistogram":false,"showColorScale":false},"exemplars":{"color":"red"}}; // Latency of the baseline
export const f8: F["heatmap"] = {};
export const o9: O["table"] = {"showHeader":true,"cellHeight":"sm","frameIndex":0}; // Checks
export const f9: F["table"] = {"align":"left","filterable":true,"cellOptions":{"type":"auto"}};
export const o10: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Requests still needed
export const f10: F["stat"] = {};
