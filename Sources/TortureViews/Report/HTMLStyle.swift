/// What every report looks like, and what it can do where scripts run. Nothing is loaded from elsewhere.
enum HTMLStyle {
  static let css = """
    :root { color-scheme: light dark; --page: #fbfbfa; --card: #fff; --ink: #1c1e21; --soft: #5b6169; --line: #d9dce0;
      --good: #1a7f4b; --bad: #b3261e; --warn: #8a5a00; --mark: #2456b3; --kept: #2e7d57; --lost: #c0392b;
      --torn: #b26a00; --sync: #2456b3; --never: #9aa0a6; --shade: rgb(0 0 0 / .28); }
    @media (prefers-color-scheme: dark) { :root { --page: #14171a; --card: #1d2125; --ink: #e8eaed; --soft: #a9b0b8;
      --line: #3a4047; --good: #5fd39b; --bad: #ff8a80; --warn: #f2b84b; --mark: #8ab4ff; --kept: #3f9c70;
      --lost: #e06055; --torn: #d9912e; --sync: #8ab4ff; --never: #6b7178; --shade: rgb(255 255 255 / .32); } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
    a { color: var(--mark); } main, header, footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
    h1 { font-size: 1.6rem; margin: 1.2rem 0 .2rem; } h2 { font-size: 1.25rem; margin: 2rem 0 .6rem; }
    h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; } p { margin: .4rem 0; overflow-wrap: anywhere; }
    .skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem; }
    :focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
    .soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
    nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; padding: 0; margin: .6rem 0; list-style: none; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(11rem, 45%), 1fr)); gap: .6rem; margin: 1rem 0; padding: 0; }
    .figures div { background: var(--card); border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .8rem; }
    .figures dt { color: var(--soft); font-size: .85rem; } .figures dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
    .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .4rem; background: linear-gradient(to right, var(--card) 40%, transparent) left, linear-gradient(to left, var(--card) 40%, transparent) right,
      linear-gradient(to right, var(--shade), transparent) left, linear-gradient(to left, var(--shade), transparent) right, var(--card); background-size: 2.2rem 100%, 2.2rem 100%, .8rem 100%, .8rem 100%, auto; background-repeat: no-repeat; background-attachment: local, local, scroll, scroll, scroll; }
    .timeline { direction: rtl; } .wide { direction: ltr; width: max-content; margin-right: auto; } div.names { position: sticky; left: 0; width: 0; height: 0; max-width: none; min-width: 0; z-index: 1; pointer-events: none; } .wide > svg .names { visibility: hidden; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { padding: .35rem .7rem; text-align: left; border-bottom: 1px solid var(--line); } tr:last-child > * { border-bottom: 0; }
    thead th { font-size: .85rem; color: var(--soft); white-space: nowrap; } th[scope=row] { font-weight: 600; }
    .n { text-align: right; white-space: nowrap; } .names { min-width: 7.5rem; max-width: 22rem; overflow-wrap: anywhere; }
    .filters { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; margin: .6rem 0; }
    .filters[hidden] { display: none; } label { font-size: .85rem; color: var(--soft); display: grid; gap: .15rem; }
    input, select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--soft); border-radius: .3rem; padding: .25rem .5rem; max-width: 100%; }
    details.group { background: var(--card); border: 1px solid var(--line); border-left: .35rem solid var(--bad); border-radius: .4rem; margin: .6rem 0; }
    details.group > summary { padding: .6rem .8rem; cursor: pointer; overflow-wrap: anywhere; } details.group > div { padding: 0 .8rem .8rem; }
    .kind { font-weight: 700; color: var(--bad); } code, pre, .mono { font: .85rem/1.45 ui-monospace, monospace; }
    pre { margin: .3rem 0; padding: .5rem .7rem; background: var(--page); border: 1px solid var(--line); border-radius: .3rem; overflow-x: auto; }
    pre.line { white-space: pre-wrap; overflow-wrap: anywhere; } .stacks { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: .6rem; }
    ol.frames { list-style: none; margin: .3rem 0; padding: .5rem .7rem; background: var(--page); border: 1px solid var(--line); border-radius: .3rem; font: .85rem/1.45 ui-monospace, monospace; }
    ol.frames li { padding-left: 1.5rem; text-indent: -1.5rem; overflow-wrap: anywhere; }
    button.copy { font-size: .85rem; margin-bottom: .3rem; }
    ol.events { margin: .3rem 0; padding-left: 1.2rem; } ol.events li { overflow-wrap: anywhere; }
    .fate { font-weight: 700; } .kept { color: var(--kept); } .lost { color: var(--lost); } .torn { color: var(--torn); } .never { color: var(--never); } .sync { color: var(--sync); }
    .bytes td { font: .85rem ui-monospace, monospace; padding: .15rem .35rem; text-align: center; } .bytes .differs { background: color-mix(in srgb, var(--lost) 25%, transparent); font-weight: 700; text-decoration: underline; }
    svg { display: block; max-width: none; } svg.course { width: 100%; min-width: 26rem; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); } svg .small { font-size: 11px; fill: var(--soft); }
    svg .axis { stroke: var(--line); } svg .executed { stroke: var(--mark); fill: none; stroke-width: 2; } svg .covered { stroke: var(--kept); fill: none; stroke-width: 2; stroke-dasharray: 6 3; }
    svg .box { stroke-width: 1.5; } svg .box.kept { fill: var(--kept); stroke: var(--kept); } svg .box.lost { fill: none; stroke: var(--lost); stroke-dasharray: 3 2; }
    svg .box.torn { stroke: var(--torn); } svg .box.never { fill: none; stroke: var(--never); } svg .floor { stroke: var(--sync); stroke-width: 3; }
    svg .band { font-weight: 700; } svg .lane { font-size: 11px; } svg .names text { paint-order: stroke; stroke: var(--card); stroke-width: 3px; } svg .stripe { fill: var(--torn); } svg .call { font-size: 11px; fill: #fff; } svg .call.lost, svg .call.never { fill: var(--ink); } svg .call.torn { fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
    svg .ghost { fill: none; stroke: var(--bad); stroke-dasharray: 2 2; stroke-width: 1.5; } svg .promise { fill: var(--mark); } svg .promised { stroke: var(--mark); stroke-dasharray: 1 3; }
    svg .missing { fill: none; stroke: var(--bad); stroke-width: 2; } svg .missingtext { fill: var(--bad); font-weight: 700; }
    .steps section { margin: .4rem 0; } .steps input { width: 100%; padding: 0; }
    svg .cross { stroke: var(--lost); stroke-width: 1.5; } svg .crash { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 5 3; } svg .crashtext { fill: var(--bad); font-weight: 700; }
    meter { width: 8rem; max-width: 30vw; } [hidden] { display: none !important; } footer { padding-bottom: 2rem; }
    @media print { .filters, .skip, button { display: none !important; } }
    @media (max-width: 40rem) { body { font-size: 15px; } th, td { padding: .3rem .5rem; } h1 { font-size: 1.35rem; } }
    """

  /// Filters and buttons to copy. The page says all it has to say without it.
  static let script = """
    (() => {
      "use strict";
      const groups = [...document.querySelectorAll("details.group")];
      const filters = document.getElementById("filters");
      const said = document.getElementById("said");
      if (filters && groups.length > 0) {
        const words = document.getElementById("words");
        const kind = document.getElementById("kind");
        const scenario = document.getElementById("scenario");
        const show = () => {
          const wanted = words.value.trim().toLowerCase();
          let shown = 0;
          for (const group of groups) {
            const names = JSON.parse(group.dataset.scenarios);
            const fits = (!kind.value || group.dataset.kind === kind.value)
              && (!scenario.value || names.includes(scenario.value))
              && (!wanted || group.textContent.toLowerCase().includes(wanted));
            group.hidden = !fits;
            if (fits) shown += 1;
          }
          said.textContent = shown + " of " + groups.length + " groups shown";
        };
        for (const control of [words, kind, scenario]) control.addEventListener("input", show);
        document.getElementById("open").addEventListener("click", () => {
          const open = groups.some(group => !group.open && !group.hidden);
          for (const group of groups) if (!group.hidden) group.open = open;
        });
        filters.hidden = false;
        show();
      }
      for (const steps of document.querySelectorAll(".steps")) {
        const sections = [...steps.querySelectorAll("section")];
        const label = steps.querySelector("label");
        const slider = steps.querySelector("input");
        const show = () => sections.forEach((section, index) => { section.hidden = index !== Number(slider.value); });
        slider.max = sections.length - 1;
        slider.value = slider.max;
        slider.addEventListener("input", show);
        label.hidden = sections.length < 2;
        show();
      }
      const reveal = () => {
        const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
        if (target && target.matches("details")) target.open = true;
      };
      addEventListener("hashchange", reveal);
      reveal();
      if (navigator.clipboard) {
        for (const button of document.querySelectorAll("button.copy")) {
          button.hidden = false;
          button.addEventListener("click", async () => {
            try {
              await navigator.clipboard.writeText(button.previousElementSibling.textContent);
              button.textContent = "Copied";
            } catch (error) {
              getSelection().selectAllChildren(button.previousElementSibling);
              button.textContent = "Selected";
            }
          });
        }
      }
    })();
    """
}
