"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  // One unit is one pixel where there is room, so that labels stay readable on a phone. The y axis stands on the right,
  // beside the newest value.
  const LEFT = 8, RIGHT = 84;
  let W = 1100;
  const room = () => Math.max(320, Math.min(1100, document.getElementById("equity").clientWidth - 22));
  const NS = "http://www.w3.org/2000/svg";

  const make = (tag, attributes = {}, parent = null, text = null) => {
    const node = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== null) node.textContent = text;
    if (parent) parent.appendChild(node);
    return node;
  };
  const number = (value, decimals) => {
    const text = Math.abs(value).toLocaleString("en-US",
      { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    return (value < 0 && /[1-9]/.test(text) ? "−" : "") + text;
  };
  const signed = (value, decimals) => (value > 0 ? "+" : "") + number(value, decimals);
  const iso = (seconds) => new Date(seconds * 1000).toISOString();
  const minute = (seconds) => iso(seconds).slice(0, 16).replace("T", " ");
  const lasting = (seconds) => {
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return minutes + " min";
    if (minutes < 2880) return Math.floor(minutes / 60) + " h " + String(minutes % 60).padStart(2, "0") + " min";
    return Math.floor(minutes / 1440) + " d " + Math.round(minutes % 1440 / 60) + " h";
  };

  const timeSteps = [60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 432000, 604800, 1209600,
    2592000, 7776000, 31536000];
  const timeTicks = (from, to) => {
    const most = Math.min(9, Math.max(3, Math.floor((W - LEFT - RIGHT) / 56)));
    const step = timeSteps.find((length) => (to - from) / length <= most) || 31536000;
    const ticks = [];
    for (let t = Math.ceil(from / step) * step; t <= to; t += step) ticks.push(t);
    return { ticks, label: (t) => step >= 86400 || t % 86400 === 0 ? iso(t).slice(5, 10) : iso(t).slice(11, 16) };
  };
  const valueTicks = (low, high, wanted) => {
    const raw = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw);
    const ticks = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) ticks.push(i * step);
    return { ticks, decimals: Math.max(0, Math.min(10, Math.ceil(1 - Math.log10(step) - 1e-9))) };
  };
  const line = (points) => {
    let path = "", pen = "M";
    for (const [x, y] of points) {
      if (Number.isFinite(y)) { path += pen + x.toFixed(1) + " " + y.toFixed(1); pen = "L"; } else pen = "M";
    }
    return path;
  };

  // A frame with time below and values on the right; returns the scales of one panel.
  const panel = (svg, top, height, from, to, low, high, wanted, format) => {
    const x = (t) => LEFT + (W - LEFT - RIGHT) * (t - from) / (to - from);
    const y = (v) => top + height * (high - v) / (high - low);
    const { ticks, decimals } = valueTicks(low, high, wanted);
    for (const value of ticks) {
      make("line", { class: "grid", x1: LEFT, x2: W - RIGHT, y1: y(value), y2: y(value) }, svg);
      make("text", { x: W - RIGHT + 8, y: y(value) + 4 }, svg, format(value, decimals));
    }
    return { x, y, time: (px) => from + (to - from) * (px - LEFT) / (W - LEFT - RIGHT) };
  };
  const timeAxis = (svg, scale, from, to, y) => {
    const { ticks, label } = timeTicks(from, to);
    for (const t of ticks)
      if (scale.x(t) > LEFT + 14 && scale.x(t) < W - RIGHT - 10)
        make("text", { x: scale.x(t), y, "text-anchor": "middle" }, svg, label(t));
  };
  // The newest value, on a plate that takes the place of the axis labels it would cover.
  const newest = (svg, y, text) => {
    for (const label of svg.querySelectorAll(`text[x="${W - RIGHT + 8}"]`))
      if (Math.abs(label.getAttribute("y") - y - 4) < 17) label.remove();
    const label = make("g", { class: "newest" }, svg);
    make("rect", { x: W - RIGHT + 2, y: y - 10, width: RIGHT - 2, height: 20, rx: 4 }, label);
    make("text", { x: W - RIGHT + 8, y: y + 4 }, label, text);
  };
  const empty = (svg, height, text) => make("text",
    { class: "empty", x: W / 2, y: height / 2, "text-anchor": "middle" }, svg, text);

  // The pointer's place in the drawing's own units.
  const place = (svg, event) => {
    const box = svg.getBoundingClientRect();
    return [(event.clientX - box.left) * W / box.width, (event.clientY - box.top) * W / box.width];
  };
  const showTip = (figure, svg, x, y, lines) => {
    const tip = figure.querySelector(".tip"), box = svg.getBoundingClientRect(), ratio = box.width / W;
    const inset = box.left - figure.getBoundingClientRect().left;
    tip.replaceChildren(...lines.flatMap((text, i) => i ? [document.createElement("br"), text] : [text]));
    const left = inset + x * ratio, flip = left > figure.clientWidth - tip.offsetWidth - 30;
    tip.style.left = (flip ? left - tip.offsetWidth - 14 : left + 14) + "px";
    tip.style.top = Math.max(6, y * ratio - 10) + "px";
    tip.classList.add("on");
  };
  const hideTip = (figure) => figure.querySelector(".tip").classList.remove("on");
  const fresh = (figure, height, label) => {
    figure.querySelector("svg")?.remove();
    const svg = make("svg", { viewBox: `0 0 ${W} ${height}`, role: "img", "aria-label": label });
    figure.prepend(svg);
    hideTip(figure);
    return svg;
  };

  const drawEquity = (account) => {
    const figure = document.getElementById("equity"), tall = W < 700 ? 190 : 250, height = tall + 150;
    const svg = fresh(figure, height, "Equity and drawdown of " + account.name);
    const { t, e } = account;
    if (t.length < 2) { empty(svg, height, "No equity was recorded over this span"); return; }
    const from = t[0], to = t[t.length - 1];
    let peak = account.start, low = account.start, high = account.start;
    const fall = e.map((value) => { peak = Math.max(peak, value); return peak > 0 ? value / peak - 1 : 0; });
    for (const value of e) { low = Math.min(low, value); high = Math.max(high, value); }
    const pad = (high - low || Math.abs(high) * 0.001 || 1) * 0.08;
    const top = panel(svg, 8, tall, from, to, low - pad, high + pad, 5, (v, d) => number(v, d));
    const worst = Math.min(-0.0005, ...fall);
    const under = panel(svg, tall + 36, 84, from, to, worst * 1.08, 0, 2, (v, d) => number(v * 100, Math.max(0, d - 2)) + " %");
    const points = e.map((value, i) => [top.x(t[i]), top.y(value)]);
    // Filled towards the start, not the bottom: the axis is cut, and an area from a cut axis would lie about size.
    const base = top.y(account.start), defs = make("defs", {}, svg);
    const area = line(points) + `L${top.x(to)} ${base}L${top.x(from)} ${base}Z`;
    for (const [side, y, deep] of [["above", 8, base - 8], ["below", base, tall + 8 - base]]) {
      make("rect", { x: LEFT, y, width: W - LEFT - RIGHT, height: Math.max(0, deep) }, make("clipPath", { id: side }, defs));
      make("path", { class: "fill " + side, d: area, "clip-path": `url(#${side})` }, svg);
    }
    make("line", { class: "zero", x1: LEFT, x2: W - RIGHT, y1: top.y(account.start), y2: top.y(account.start) }, svg);
    make("path", { class: "curve", d: line(points) }, svg);
    newest(svg, top.y(e[e.length - 1]), number(e[e.length - 1], 0));
    make("path", { class: "under", d: `M${under.x(from)} ${under.y(0)}` +
      fall.map((v, i) => `L${under.x(t[i]).toFixed(1)} ${under.y(v).toFixed(1)}`).join("") + `L${under.x(to)} ${under.y(0)}Z` }, svg);
    make("path", { class: "depth", d: line(fall.map((v, i) => [under.x(t[i]), under.y(v)])) }, svg);
    timeAxis(svg, top, from, to, height - 8);
    const cross = make("g", { visibility: "hidden" }, svg);
    const rule = make("line", { class: "cross", y1: 8, y2: tall + 120 }, cross), dot = make("circle", { class: "dot", r: 4 }, cross);
    svg.addEventListener("pointermove", (event) => {
      const at = top.time(place(svg, event)[0]);
      let a = 0, b = t.length - 1;
      while (b - a > 1) { const m = (a + b) >> 1; if (t[m] <= at) a = m; else b = m; }
      const i = at - t[a] < t[b] - at ? a : b;
      cross.setAttribute("visibility", "visible");
      rule.setAttribute("x1", top.x(t[i])); rule.setAttribute("x2", top.x(t[i]));
      dot.setAttribute("cx", top.x(t[i])); dot.setAttribute("cy", top.y(e[i]));
      showTip(figure, svg, top.x(t[i]), top.y(e[i]), [minute(t[i]) + " UTC",
        "Equity " + number(e[i], 2) + " " + data.currency, "Drawdown " + number(fall[i] * 100, 2) + " %"]);
    });
    svg.addEventListener("pointerleave", () => { cross.setAttribute("visibility", "hidden"); hideTip(figure); });
  };

  const drawMarks = (svg, figure, scale, trades, decimals, from, to) => {
    for (const trade of trades) {
      const [, side, t0, t1, p0, p1, quantity, net, reason, label] = trade;
      if (t1 < from || t0 > to) continue;
      const kind = net > 0 ? "won" : "lost", x0 = scale.x(t0), y0 = scale.y(p0), x1 = scale.x(t1), y1 = scale.y(p1);
      const group = make("g", { "data-trade": reason }, svg);
      make("line", { class: kind, x1: x0, y1: y0, x2: x1, y2: y1 }, group);
      const up = side > 0 ? 1 : -1;
      make("path", { class: "mark " + kind, d: `M${x0} ${y0 - 6 * up}l5 ${9 * up}h-10Z` }, group);
      make("circle", { class: "mark " + kind, cx: x1, cy: y1, r: 3.4 }, group);
      group.addEventListener("pointerenter", () => showTip(figure, svg, Math.max(x0, x1), Math.min(y0, y1), [
        `${side > 0 ? "Long" : "Short"} ${quantity}`,
        `${minute(t0)} at ${number(p0, decimals)}`, `${minute(t1)} at ${number(p1, decimals)}, ${label}`,
        `Net ${signed(net, 2)} ${data.currency} in ${lasting(t1 - t0)}`]));
      group.addEventListener("pointerleave", () => hideTip(figure));
    }
  };

  const drawPrice = (account, index, zoom = null) => {
    const figure = document.getElementById("price"), tall = W < 700 ? 250 : 388, height = tall + 42, series = data.prices[index];
    const svg = fresh(figure, height, series ? "Trades on the price of " + series.name : "Trades on price");
    if (!series) { empty(svg, height, "No prices were kept for this report"); return; }
    const end = series.begin + series.step * series.close.length;
    const [from, to] = zoom || [series.begin, end];
    const trades = account.trades.filter((trade) => data.symbols[trade[0]] === series.name)
      .map((trade) => [...trade, data.reasons[trade[8]]]);
    const first = Math.max(0, Math.floor((from - series.begin) / series.step));
    const last = Math.min(series.close.length, Math.ceil((to - series.begin) / series.step) + 1);
    let low = Infinity, high = -Infinity;
    for (let i = first; i < last; ++i)
      if (series.close[i] !== null) { low = Math.min(low, series.low[i]); high = Math.max(high, series.high[i]); }
    if (!(high >= low)) { empty(svg, height, "No prices in this span"); return; }
    const pad = (high - low || high * 0.001 || 1) * 0.06;
    const scale = panel(svg, 8, tall, from, to, low - pad, high + pad, 6, (v, d) => number(v, Math.min(d, series.decimals)));
    const clip = make("clipPath", { id: "plot" }, make("defs", {}, svg));
    make("rect", { x: LEFT, y: 0, width: W - LEFT - RIGHT, height: tall + 12 }, clip);
    const plot = make("g", { "clip-path": "url(#plot)" }, svg);
    let band = "", upper = [], lower = [];
    const flush = () => { if (upper.length) band += "M" + upper.join("L") + "L" + lower.reverse().join("L") + "Z"; upper = []; lower = []; };
    const points = [];
    for (let i = first; i < last; ++i) {
      const x = scale.x(series.begin + (i + 0.5) * series.step);
      if (series.close[i] === null) { flush(); points.push([x, NaN]); continue; }
      upper.push(x.toFixed(1) + " " + scale.y(series.high[i]).toFixed(1));
      lower.push(x.toFixed(1) + " " + scale.y(series.low[i]).toFixed(1));
      points.push([scale.x(Math.min(end, series.begin + (i + 1) * series.step)), scale.y(series.close[i])]);
    }
    flush();
    make("path", { class: "range", d: band }, plot);
    make("path", { class: "price", d: line(points) }, plot);
    const shown = series.close.slice(first, last).filter((value) => value !== null);
    newest(svg, scale.y(shown[shown.length - 1]), number(shown[shown.length - 1], series.decimals));
    drawMarks(plot, figure, scale, trades, series.decimals, from, to);
    timeAxis(svg, scale, from, to, height - 12);
    document.getElementById("price-note").textContent =
      `${trades.length} ${trades.length === 1 ? "trade" : "trades"} of ${account.name}`;

    let start = null, selection = null;
    svg.onpointerdown = (event) => { start = place(svg, event)[0]; svg.setPointerCapture(event.pointerId); };
    svg.onpointermove = (event) => {
      if (start === null) return;
      const now = place(svg, event)[0];
      selection ||= make("rect", { class: "selection", y: 8, height: tall }, svg);
      selection.setAttribute("x", Math.min(start, now));
      selection.setAttribute("width", Math.abs(now - start));
    };
    svg.onpointerup = (event) => {
      const now = place(svg, event)[0], a = scale.time(Math.min(start, now)), b = scale.time(Math.max(start, now));
      selection?.remove();
      const wide = Math.abs(now - start) > 12 && b - a > 4 * series.step;
      start = selection = null;
      if (wide) drawPrice(account, index, [Math.max(series.begin, a), Math.min(end, b)]);
    };
    svg.ondblclick = () => drawPrice(account, index);
  };

  const accountSelect = document.getElementById("account"), symbolSelect = document.getElementById("symbol");
  const show = () => {
    const chosen = Number(accountSelect.value), account = data.accounts[chosen];
    for (const block of document.querySelectorAll("[data-account]"))
      block.hidden = Number(block.dataset.account) !== chosen;
    for (const row of document.querySelectorAll("[data-pick]"))
      row.classList.toggle("picked", Number(row.dataset.pick) === chosen);
    W = room();
    drawEquity(account);
    drawPrice(account, Number(symbolSelect.value));
  };
  accountSelect.addEventListener("change", show);
  symbolSelect.addEventListener("change", show);
  for (const row of document.querySelectorAll("[data-pick]")) {
    const pick = () => { accountSelect.value = row.dataset.pick; show(); };
    row.addEventListener("click", pick);
    row.addEventListener("keydown", (event) => { if (event.key === "Enter") pick(); });
  }
  show();
  window.addEventListener("resize", () => { if (room() !== W) show(); });
  document.documentElement.dataset.drawn = "yes";
})();
