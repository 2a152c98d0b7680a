import type {D,O,F} from "./loose";
export const d: D = {
 "uid": "verdictd-fleet",
 "title": "verdictd / Fleet",
 "description": "What is rolling out, what was stopped, and which aborts look like false alarms.",
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
  "from": "now-24h",
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
   "title": "verdictd's page",
   "url": "${page}/",
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
    "multi": true,
    "includeAll": true,
    "allValue": ".+",
    "query": {
     "query": "label_values(verdictd_service_info, namespace)",
     "refId": "namespace"
    },
    "regex": "",
    "options": [],
    "current": {
     "selected": true,
     "text": [
      "All"
     ],
     "value": [
      "$__all"
     ]
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
    "multi": true,
    "includeAll": true,
    "allValue": ".+",
    "query": {
     "query": "label_values(verdictd_service_info{namespace=~\"$namespace\"}, service)",
     "refId": "service"
    },
    "regex": "",
    "options": [],
    "current": {
     "selected": true,
     "text": [
      "All"
     ],
     "value": [
      "$__all"
     ]
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
   "type": "stat",
   "title": "Services",
   "description": "Services that are configured.",
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
     "expr": "count(verdictd_service_info{namespace=~\"$namespace\", service=~\"$service\"}) or vector(0)",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 0,
    "y": 0
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
   "id": 1
  },
  {
   "type": "stat",
   "title": "Live runs",
   "description": "Rollouts that are judged now.",
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
     "expr": "count(verdictd_run_info{namespace=~\"$namespace\", service=~\"$service\"}) or vector(0)",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 4,
    "y": 0
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
   "id": 2
  },
  {
   "type": "stat",
   "title": "Told pass",
   "description": "Runs whose gates say pass now.",
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
     "expr": "count(verdictd_verdict{namespace=~\"$namespace\", service=~\"$service\", version!=\"\"} == 1) or vector(0)",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 8,
    "y": 0
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
   "id": 3
  },
  {
   "type": "stat",
   "title": "Told hold",
   "description": "Runs that cannot be told yet, or at all.",
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
     "expr": "count(verdictd_verdict{namespace=~\"$namespace\", service=~\"$service\", version!=\"\"} == 0) or vector(0)",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 12,
    "y": 0
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
   "id": 4
  },
  {
   "type": "stat",
   "title": "Told fail",
   "description": "Runs with a broken limit.",
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
     "expr": "count(verdictd_verdict{namespace=~\"$namespace\", service=~\"$service\", version!=\"\"} == -1) or vector(0)",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 16,
    "y": 0
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
       },
       {
        "color": "red",
        "value": 1
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
   "id": 5
  },
  {
   "type": "stat",
   "title": "Told abort",
   "description": "Runs that are to be rolled back.",
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
     "expr": "count(verdictd_verdict{namespace=~\"$namespace\", service=~\"$service\", version!=\"\"} == -2) or vector(0)",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 20,
    "y": 0
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
       },
       {
        "color": "red",
        "value": 1
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
   "id": 6
  },
  {
   "type": "table",
   "title": "Rolling out",
   "description": "Live runs and what their gates are told. The version leads to its rollout, the run to verdictd's page.",
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
     "expr": "verdictd_verdict{namespace=~\"$namespace\", service=~\"$service\", version!=\"\"} * on (namespace, service, version) group_left (run, revision, attempt, policy) max by (namespace, service, version, run, revision, attempt, policy) (verdictd_run_info{namespace=~\"$namespace\", service=~\"$service\"})",
     "legendFormat": "__auto",
     "range": false,
     "instant": true,
     "format": "table",
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 24,
    "h": 8,
    "x": 0,
    "y": 4
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
       "options": "Value"
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
       "options": "version"
      },
      "properties": [
       {
        "id": "links",
        "value": [
         {
          "title": "This rollout",
          "url": "/d/verdictd-rollout/?var-namespace=${__data.fields.namespace}&var-service=${__data.fields.service}&var-version=${__data.fields.version}&var-datasource=${datasource}&${__url_time_range}",
          "targetBlank": false
         }
        ]
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "run"
      },
      "properties": [
       {
        "id": "links",
        "value": [
         {
          "title": "On verdictd's page",
          "url": "${page}/#/runs/${__data.fields.run}",
          "targetBlank": false
         }
        ]
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "Value"
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
        "namespace",
        "service",
        "version",
        "revision",
        "attempt",
        "policy",
        "run",
        "Value"
       ]
      }
     }
    },
    {
     "id": "organize",
     "options": {
      "indexByName": {
       "namespace": 0,
       "service": 1,
       "version": 2,
       "revision": 3,
       "attempt": 4,
       "policy": 5,
       "run": 6,
       "Value": 7
      },
      "renameByName": {},
      "excludeByName": {}
     }
    }
   ],
   "id": 7
  },
  {
   "type": "state-timeline",
   "title": "Verdicts",
   "description": "What the gates of each rollout were told.",
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
     "expr": "verdictd_verdict{namespace=~\"$namespace\", service=~\"$service\", version!=\"\"}",
     "legendFormat": "{{namespace}}/{{service}} {{version}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 24,
    "h": 10,
    "x": 0,
    "y": 12
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
   "id": 8
  },
  {
   "type": "timeseries",
   "title": "Runs ended",
   "description": "By their last verdict. A run that ended at fail or hold was given up by its caller.",
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
     "expr": "sum by (verdict) (count_over_time(verdictd_run_ended_seconds{namespace=~\"$namespace\", service=~\"$service\"}[$__interval]))",
     "legendFormat": "{{verdict}}",
     "range": true,
     "instant": false,
     "interval": "1m",
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 0,
    "y": 22
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
      "drawStyle": "bars",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 80,
      "stacking": {
       "mode": "normal"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0,
     "decimals": 0
    },
    "overrides": [
     {
      "matcher": {
       "id": "byRegexp",
       "options": "pass"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "green"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byRegexp",
       "options": "hold"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "yellow"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byRegexp",
       "options": "fail"
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
       "options": "abort"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "red"
        }
       }
      ]
     }
    ]
   },
   "transformations": [],
   "id": 9
  },
  {
   "type": "timeseries",
   "title": "Reasons told now",
   "description": "Runs by verdict and reason; docs/OPERATIONS.md says what to do about each.",
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
     "expr": "sum by (verdict, reason) (verdictd_verdict_reason{namespace=~\"$namespace\", service=~\"$service\"})",
     "legendFormat": "{{verdict}}: {{reason}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 12,
    "y": 22
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
      "fillOpacity": 20,
      "stacking": {
       "mode": "normal"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0
    },
    "overrides": []
   },
   "transformations": [],
   "id": 10
  },
  {
   "type": "row",
   "title": "Aborts",
   "collapsed": false,
   "panels": [],
   "gridPos": {
    "w": 24,
    "h": 1,
    "x": 0,
    "y": 30
   },
   "id": 11
  },
  {
   "type": "table",
   "title": "Aborted",
   "description": "Runs that ended aborted in the shown time.",
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
     "expr": "sum by (namespace, service, version, cause) (count_over_time(verdictd_run_ended_seconds{namespace=~\"$namespace\", service=~\"$service\", verdict=\"abort\"}[$__range]))",
     "legendFormat": "__auto",
     "range": false,
     "instant": true,
     "format": "table",
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 0,
    "y": 31
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
       "options": "cause"
      },
      "properties": [
       {
        "id": "displayName",
        "value": "end"
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "Value"
      },
      "properties": [
       {
        "id": "displayName",
        "value": "times"
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "version"
      },
      "properties": [
       {
        "id": "links",
        "value": [
         {
          "title": "This rollout",
          "url": "/d/verdictd-rollout/?var-namespace=${__data.fields.namespace}&var-service=${__data.fields.service}&var-version=${__data.fields.version}&var-datasource=${datasource}&${__url_time_range}",
          "targetBlank": false
         }
        ]
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
        "namespace",
        "service",
        "version",
        "cause",
        "Value"
       ]
      }
     }
    },
    {
     "id": "organize",
     "options": {
      "indexByName": {
       "namespace": 0,
       "service": 1,
       "version": 2,
       "cause": 3,
       "Value": 4
      },
      "renameByName": {},
      "excludeByName": {}
     }
    }
   ],
   "id": 12
  },
  {
   "type": "table",
   "title": "Aborts that look like false alarms",
   "description": "A person cleared or forced it, or the same version passed in another run. Look at the evidence, and at the policy's margins.",
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
     "expr": "sum by (namespace, service, version, after) (label_replace(count_over_time(verdictd_run_ended_seconds{namespace=~\"$namespace\", service=~\"$service\", verdict=\"abort\"}[$__range]) and on (namespace, service, version) sum by (namespace, service, version) (count_over_time(verdictd_act{namespace=~\"$namespace\", service=~\"$service\", action=~\"clear|force\"}[$__range])), \"after\", \"cleared or forced by a person\", \"\", \"\") or label_replace(count_over_time(verdictd_run_ended_seconds{namespace=~\"$namespace\", service=~\"$service\", verdict=\"abort\"}[$__range]) and on (namespace, service, version) sum by (namespace, service, version) (count_over_time(verdictd_run_ended_seconds{namespace=~\"$namespace\", service=~\"$service\", verdict=\"pass\"}[$__range])), \"after\", \"passed in another run\", \"\", \"\"))",
     "legendFormat": "__auto",
     "range": false,
     "instant": true,
     "format": "table",
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 12,
    "y": 31
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
       "options": "after"
      },
      "properties": [
       {
        "id": "displayName",
        "value": "what followed"
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "Value"
      },
      "properties": [
       {
        "id": "displayName",
        "value": "times"
       }
      ]
     },
     {
      "matcher": {
       "id": "byName",
       "options": "version"
      },
      "properties": [
       {
        "id": "links",
        "value": [
         {
          "title": "This rollout",
          "url": "/d/verdictd-rollout/?var-namespace=${__data.fields.namespace}&var-service=${__data.fields.service}&var-version=${__data.fields.version}&var-datasource=${datasource}&${__url_time_range}",
          "targetBlank": false
         }
        ]
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
        "namespace",
        "service",
        "version",
        "after",
        "Value"
       ]
      }
     }
    },
    {
     "id": "organize",
     "options": {
      "indexByName": {
       "namespace": 0,
       "service": 1,
       "version": 2,
       "after": 3,
       "Value": 4
      },
      "renameByName": {},
      "excludeByName": {}
     }
    }
   ],
   "id": 13
  },
  {
   "type": "timeseries",
   "title": "What people did",
   "description": "Approve, force, veto, clear, end.",
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
     "expr": "sum by (action) (count_over_time(verdictd_act{namespace=~\"$namespace\", service=~\"$service\"}[$__interval]))",
     "legendFormat": "{{action}}",
     "range": true,
     "instant": false,
     "interval": "1m",
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 0,
    "y": 39
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
      "drawStyle": "bars",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 80,
      "stacking": {
       "mode": "normal"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0,
     "decimals": 0
    },
    "overrides": []
   },
   "transformations": [],
   "id": 14
  },
  {
   "type": "timeseries",
   "title": "How long runs took",
   "description": "From the first question to the end, by the last verdict.",
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
     "expr": "max by (verdict) (max_over_time(verdictd_run_ended_seconds{namespace=~\"$namespace\", service=~\"$service\"}[$__interval]))",
     "legendFormat": "{{verdict}}",
     "range": true,
     "instant": false,
     "interval": "1m",
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 12,
    "y": 39
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
     "unit": "s",
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
    "overrides": []
   },
   "transformations": [],
   "id": 15
  }
 ]
};
export const o0: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Services
export const f0: F["stat"] = {};
export const o1: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Live runs
export const f1: F["stat"] = {};
export const o2: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Told pass
export const f2: F["stat"] = {};
export const o3: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Told hold
export const f3: F["stat"] = {};
export const o4: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Told fail
export const f4: F["stat"] = {};
export const o5: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Told abort
export const f5: F["stat"] = {};
export const o6: O["table"] = {"showHeader":true,"cellHeight":"sm","frameIndex":0}; // Rolling out
export const f6: F["table"] = {"align":"left","filterable":true,"cellOptions":{"type":"auto"}};
export const o7: O["state-timeline"] = {"mergeValues":true,"showValue":"never","rowHeight":0.8,"alignValue":"left","legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"single","sort":"none"}}; // Verdicts
export const f7: F["state-timeline"] = {"fillOpacity":70,"lineWidth":0};
export const o8: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Runs ended
export const f8: F["timeseries"] = {"drawStyle":"bars","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":80,"stacking":{"mode":"normal"},"scaleDistribution":{"type":"linear"}};
export const o9: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Reasons told now
export const f9: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":20,"stacking":{"mode":"normal"},"scaleDistribution":{"type":"linear"}};
export const o11: O["table"] = {"showHeader":true,"cellHeight":"sm","frameIndex":0}; // Aborted
export const f11: F["table"] = {"align":"left","filterable":true,"cellOptions":{"type":"auto"}};
export const o12: O["table"] = {"showHeader":true,"cellHeight":"sm","frameIndex":0}; // Aborts that look like false alarms
export const f12: F["table"] = {"align":"left","filterable":true,"cellOptions":{"type":"auto"}};
export const o13: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // What people did
export const f13: F["timeseries"] = {"drawStyle":"bars","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":80,"stacking":{"mode":"normal"},"scaleDistribution":{"type":"linear"}};
export const o14: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // How long runs took
export const f14: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
