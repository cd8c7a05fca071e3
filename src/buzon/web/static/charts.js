// From a table of the server's to a chart in the colours of the page: drawChart(place, table).
const drawChart = (() => {
  const lively = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const language = document.documentElement.lang;
  const counts = new Intl.NumberFormat(language);
  const shares = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const short = new Intl.NumberFormat(language, { notation: "compact" });

  const FEW = 7; // steps that have room for their figures

  const probe = document.body.appendChild(document.createElement("i"));
  probe.hidden = true;

  // A colour of the page by its name, or that of a category by its class.
  function token(name) {
    probe.className = name.startsWith("cat-") ? name : "";
    const [bearer, property] = probe.className ? [probe, "category"] : [document.documentElement, name];
    return getComputedStyle(bearer).getPropertyValue(`--${property}`).trim();
  }

  // Two colours, each as #rrggbb; `part` of the second.
  function mix(ground, colour, part) {
    const parts = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    const [from, to] = [parts(ground), parts(colour)];
    return `rgb(${from.map((value, at) => Math.round(value + (to[at] - value) * part)).join()})`;
  }

  // In the units of the page, so that the browser's text size counts, and a wall's.
  function textSize() {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    return document.body.classList.contains("wall") ? Math.max(0.75 * rem, innerWidth / 120) : 0.75 * rem;
  }

  // What lies between and beside the texts, measured for small ones.
  function scaled(pixels) {
    return (pixels * textSize()) / 12;
  }

  function say(table, column, value) {
    if (value === null || value === undefined) return "–";
    return (table.shares.includes(column) ? shares : counts).format(value);
  }

  // The markup's styles would be refused by the Content-Security-Policy; classes and the DOM are not.
  function tip(title, rows) {
    const box = document.createElement("div");
    box.className = "tip";
    const head = document.createElement("strong");
    head.textContent = title;
    box.append(head);
    for (const [name, value, colour] of rows) {
      const row = document.createElement("div");
      row.className = "tip-row";
      if (colour) {
        const dot = document.createElement("i");
        dot.className = "tip-dot";
        dot.style.background = colour;
        row.append(dot);
      }
      const number = document.createElement("span");
      number.className = "number";
      number.textContent = value;
      row.append(name, number);
      box.append(row);
    }
    return box;
  }

  function rowTip(table, index, colours = []) {
    const row = table.rows[index];
    return tip(row[0], row.slice(1).map((value, at) => [table.columns[at + 1], say(table, at + 1, value), colours[at]]));
  }

  function base(place) {
    const size = textSize();
    return {
      animation: lively,
      animationDurationUpdate: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: size, color: token("ink-quiet") },
      grid: { left: scaled(8), right: scaled(12), top: scaled(12), bottom: scaled(4), outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      tooltip: {
        confine: true,
        transitionDuration: 0,
        backgroundColor: token("surface"),
        borderColor: token("line-strong"),
        padding: 10,
        axisPointer: { type: "line", lineStyle: { color: token("line-strong") }, shadowStyle: { color: token("raised"), opacity: 0.6 } },
      },
    };
  }

  function names(place, data, more = {}) {
    return {
      type: "category",
      data,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: token("line-strong") } },
      axisLabel: { color: token("ink-quiet"), fontSize: textSize(), hideOverlap: true },
      ...more,
    };
  }

  function amounts(place, percent) {
    return {
      type: "value",
      minInterval: percent ? undefined : 1,
      splitNumber: 4,
      splitLine: { lineStyle: { color: token("line") } },
      axisLabel: { color: token("ink-quiet"), fontSize: textSize(), hideOverlap: true, formatter: (value) => (percent ? shares : short).format(value) },
    };
  }

  const column = (table, at) => table.rows.map((row) => row[at]);

  const kinds = {
    stacked(place, table) {
      const colours = table.colours.map(token);
      const option = lines(place, table, colours, (at) => ({
        type: "bar", stack: "all", barCategoryGap: "25%", barMaxWidth: 96, itemStyle: { color: colours[at] },
        label: { show: table.rows.length <= FEW, color: token("surface"), fontSize: textSize(), formatter: ({ value }) => (value ? counts.format(value) : "") },
      }));
      option.tooltip.axisPointer.type = "shadow";
      return option;
    },

    lines(place, table) {
      const colours = table.colours.map(token);
      return lines(place, table, colours, (at) => ({
        type: "line", showSymbol: table.rows.length <= FEW, z: 3 - at,
        lineStyle: { color: colours[at], width: 2, type: at ? "dashed" : "solid" }, itemStyle: { color: colours[at] },
        areaStyle: at ? undefined : { color: colours[at], opacity: 0.08 },
      }));
    },

    columns(place, table) {
      const option = lines(place, table, [token(table.colours[0])], () => ({
        type: "bar", barCategoryGap: "12%", itemStyle: { color: token(table.colours[0]), borderRadius: [2, 2, 0, 0] },
      }));
      option.tooltip.axisPointer.type = "shadow";
      delete option.legend;
      return option;
    },

    bars(place, table) {
      const colours = table.colours.map(token);
      const percent = table.shares.includes(1);
      const most = Math.max(...column(table, 1), 0);
      const option = base(place);
      option.grid.right = scaled(56);
      option.tooltip = { ...option.tooltip, trigger: "axis", formatter: ([at]) => rowTip(table, at.dataIndex) };
      option.tooltip.axisPointer.type = "shadow";
      option.xAxis = { type: "value", show: false, max: most || 1 };
      option.yAxis = names(place, column(table, 0), {
        inverse: true, axisLine: { show: false },
        axisLabel: { color: token("ink-soft"), fontSize: textSize(), width: place.clientWidth * 0.5, overflow: "truncate" },
      });
      option.series = [{
        type: "bar",
        barMaxWidth: scaled(20),
        data: table.rows.map((row, at) => ({ value: row[1], itemStyle: { color: colours[at], borderRadius: [0, 3, 3, 0] } })),
        label: { show: true, position: "right", color: token("ink"), fontSize: textSize(), formatter: ({ value }) => (percent ? shares : counts).format(value) },
      }];
      return option;
    },

    // A line from the lowest to the highest that may be true, and a point at what was measured.
    ranges(place, table) {
      const colours = table.colours.map(token);
      const option = base(place);
      const floor = Math.max(0, Math.floor(Math.min(...column(table, 2)) * 10) / 10);
      option.tooltip = { ...option.tooltip, trigger: "axis", formatter: ([at]) => rowTip(table, at.dataIndex) };
      option.tooltip.axisPointer.type = "shadow";
      option.xAxis = { ...amounts(place, true), min: floor, max: 1 };
      option.yAxis = names(place, column(table, 0), { inverse: true, axisLine: { show: false } });
      const bar = { type: "bar", stack: "range", barWidth: 4, silent: true };
      option.series = [
        { ...bar, data: column(table, 2), itemStyle: { color: "transparent" } },
        { ...bar, data: table.rows.map((row, at) => ({ value: row[3] - row[2], itemStyle: { color: colours[at], opacity: 0.35, borderRadius: 2 } })) },
        { type: "scatter", symbolSize: 11, z: 3, data: table.rows.map((row, at) => ({ value: [row[1], at], itemStyle: { color: colours[at] } })) },
      ];
      return option;
    },

    squares(place, table) {
      const across = table.columns.slice(1);
      const cells = table.rows.flatMap((row, y) => row.slice(1).map((value, x) => [x, y, value]));
      const most = Math.max(1, ...cells.map(([, , value]) => value ?? 0));
      const labelled = across.length < 12;
      const strongest = labelled ? 0.5 : 1; // the text on it stays readable
      const option = base(place);
      const axis = { splitLine: { show: false }, axisLine: { show: false }, splitArea: { show: false } };
      const wide = Math.max(4, (place.clientWidth - scaled(110)) / across.length - scaled(3));
      const high = Math.max(4, (place.clientHeight - scaled(30)) / table.rows.length - scaled(3));
      option.grid.top = 4;
      option.tooltip = {
        ...option.tooltip,
        trigger: "item",
        formatter: ({ value: [x, y, value] }) => tip(`${table.rows[y][0]} · ${across[x]}`, [["", counts.format(value ?? 0)]]),
      };
      option.xAxis = names(place, across, axis);
      if (labelled) Object.assign(option.xAxis.axisLabel, { interval: 0, hideOverlap: false, width: wide, overflow: "truncate" });
      option.yAxis = names(place, column(table, 0), { inverse: true, ...axis });
      option.series = [{
        type: "scatter",
        symbol: "rect",
        symbolSize: [wide, high],
        data: cells.filter(([, , value]) => value !== null).map((cell) => ({
          value: cell,
          itemStyle: { color: cell[2] ? mix(token("surface"), token(table.colours[0]), 0.1 + ((strongest - 0.1) * cell[2]) / most) : token("raised") },
        })),
        label: {
          show: labelled, color: token("ink"), fontSize: textSize(),
          formatter: ({ value }) => (value[2] ? counts.format(value[2]) : ""),
        },
      }];
      return option;
    },
  };

  function lines(place, table, colours, series) {
    const option = base(place);
    const several = table.columns.length > 2;
    if (several) {
      option.legend = {
        top: 0, left: 0, icon: "circle", itemWidth: scaled(8), itemHeight: scaled(8), itemGap: scaled(16),
        textStyle: { color: token("ink-soft"), fontSize: textSize() }, inactiveColor: token("line-strong"),
      };
      const width = (name) => scaled(40) + 0.55 * textSize() * name.length;
      const rows = Math.ceil(table.columns.slice(1).reduce((sum, name) => sum + width(name), 0) / place.clientWidth);
      option.grid.top = (1.2 + 1.6 * Math.min(rows, 3)) * textSize();
    }
    option.tooltip = { ...option.tooltip, trigger: "axis", formatter: ([at]) => rowTip(table, at.dataIndex, colours) };
    option.xAxis = names(place, column(table, 0));
    option.yAxis = amounts(place, false);
    option.series = table.columns.slice(1).map((name, at) => ({ name, data: column(table, at + 1), ...series(at) }));
    return option;
  }

  const drawn = new Map();
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) resize(target);
  });

  function draw(place, table) {
    const chart = echarts.getInstanceByDom(place) ?? echarts.init(place);
    if (table.rows.length) chart.setOption(kinds[table.kind](place, table), { notMerge: !sameShape(drawn.get(place), table) });
    else chart.clear();
    if (!drawn.has(place)) sizes.observe(place);
    drawn.set(place, table);
  }

  // A new size or theme is there at once; only news move.
  function redraw(place) {
    const [chart, table] = [echarts.getInstanceByDom(place), drawn.get(place)];
    chart.resize();
    if (table.rows.length) chart.setOption({ ...kinds[table.kind](place, table), animation: false }, { notMerge: true });
  }

  function resize(place) {
    const chart = echarts.getInstanceByDom(place);
    if (chart.getWidth() !== place.clientWidth || chart.getHeight() !== place.clientHeight) redraw(place);
  }

  // A chart that goes on moves; one that tells of other things begins anew.
  function sameShape(before, table) {
    return before?.rows.length === table.rows.length && before.columns.join() === table.columns.join();
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const place of drawn.keys()) redraw(place);
  });

  return draw;
})();
