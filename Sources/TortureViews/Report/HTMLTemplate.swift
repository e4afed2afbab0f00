import TortureCampaign
import TortureCore

/// The page of a report, in Mustache: two braces escape what a campaign supplies, three stand for drawings that are
/// escaped where they are made.
enum HTMLTemplate {
  static let page = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
    <title>lrvm-torture: {{verdict}}</title>
    <link rel="icon" href="data:,">
    <style>
    {{{css}}}
    </style>
    </head>
    <body>
    <a class="skip" href="#content">Skip to the report</a>
    <header>
    <h1>lrvm-torture</h1>
    <p class="{{tone}}"><strong>{{verdict}}</strong></p>
    <p class="soft">Campaign {{campaign}}, shard {{shard}}, seeds: {{seeds}}, version {{version}}</p>
    <nav aria-label="Parts of the report"><ul>
    <li><a href="#summary">Summary</a></li><li><a href="#failures">Failures</a></li>{{#chart}}<li><a href="#course">Course</a></li>{{/chart}}{{#hasMarks}}<li><a href="#marks">Marks</a></li>{{/hasMarks}}
    </ul></nav>
    </header>
    <main id="content">
    <dl class="figures">
    {{#figures}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>
    {{/figures}}
    </dl>
    <h2 id="summary">Summary</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Summary by scenario, profile and fault">
    <table>
    <thead><tr><th scope="col">scenario</th><th scope="col">profile</th><th scope="col">fault</th><th scope="col" class="n">cases</th><th scope="col" class="n">crash states</th><th scope="col" class="n">in recovery</th><th scope="col" class="n">covered</th><th scope="col" class="n">violations</th><th scope="col" class="n">traps</th><th scope="col" class="n">not judged</th></tr></thead>
    <tbody>
    {{#scenarios}}<tr><th scope="row" class="names">{{name}}</th><td>{{profile}}</td><td class="names">{{fault}}</td><td class="n{{#isSkipped}} warn{{/isSkipped}}">{{cases}}</td><td class="n">{{states}}</td><td class="n">{{recovery}}</td><td class="n">{{covered}}</td><td class="n{{#isBad}} bad{{/isBad}}">{{violations}}</td><td class="n">{{traps}}</td><td class="n">{{failed}}</td></tr>
    {{/scenarios}}
    </tbody>
    </table>
    </div>
    {{#hasFaults}}
    <h3>Faults</h3>
    <p class="soft">Runs that a fault of the disk struck, by kind of fault, and how they ended.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Runs with faults by scenario, profile and kind of fault">
    <table>
    <thead><tr><th scope="col">scenario</th><th scope="col">profile</th><th scope="col">kind of fault</th><th scope="col" class="n">runs</th><th scope="col" class="n">crash states</th><th scope="col">verdicts</th><th scope="col" class="n">violations</th></tr></thead>
    <tbody>
    {{#faults}}<tr><th scope="row" class="names">{{name}}</th><td>{{profile}}</td><td class="names">{{kind}}</td><td class="n">{{runs}}</td><td class="n">{{states}}</td><td class="names">{{verdicts}}</td><td class="n{{#isBad}} bad{{/isBad}}">{{violations}}</td></tr>
    {{/faults}}
    </tbody>
    </table>
    </div>
    {{/hasFaults}}
    <h2 id="failures">Failures</h2>
    {{#hasGroups}}
    <p class="soft">{{groupsCount}}, one for each cause that was found. Each shows its first failure, made smaller.{{#needs}} {{needs}}{{/needs}}{{#leftOut}} {{leftOut}}{{/leftOut}}</p>
    <div class="filters" id="filters" hidden>
    <label>Words <input id="words" type="search" autocomplete="off"></label>
    <label>Kind <select id="kind"><option value="">all</option>{{#kinds}}<option value="{{.}}">{{.}}</option>{{/kinds}}</select></label>
    <label>Scenario <select id="scenario"><option value="">all</option>{{#names}}<option value="{{.}}">{{.}}</option>{{/names}}</select></label>
    <button type="button" id="open">Open or close all</button>
    <span id="said" role="status"></span>
    </div>
    {{#groups}}
    <details class="group" id="{{id}}" data-kind="{{kind}}" data-scenarios="{{scenariosJSON}}"{{#isOpen}} open{{/isOpen}}>
    <summary><span class="kind">{{kind}}</span> · {{place}} · <span class="soft">{{count}}, in {{scenarios}}</span></summary>
    <div>
    <p>{{summary}}</p>
    {{#remedy}}<p class="remedy"><strong>{{.}}</strong></p>{{/remedy}}
    {{#minimal}}<ol class="operations">{{#operations}}<li>{{.}}</li>{{/operations}}</ol>
    {{#sizes}}<p class="soft">{{.}}</p>{{/sizes}}
    {{#disks}}<p>{{.}}</p>{{/disks}}{{/minimal}}
    <p class="soft">{{where}} <a href="#{{id}}">Link to this group</a>{{#reproducer}} · <a href="{{.}}">reproducer</a>{{/reproducer}}</p>
    {{#replay}}<h3>See it again</h3>
    <pre class="line">{{.}}</pre><button type="button" class="copy" hidden>Copy</button>{{/replay}}
    {{#timeline}}<h3>What happened</h3>
    <p>{{promise}}</p>
    <div class="scroll timeline" tabindex="0" role="region" aria-label="Timeline of storage calls by file">
    <div class="wide"><div class="names">{{{overlay}}}</div>
    {{{svg}}}
    </div></div>
    {{#stepping}}<h3>Step by step</h3>
    <p class="soft">What each file held after each operation: as the program sees it, and on the disk once a power cut has taken all that it can.</p>
    <div class="steps"><label hidden>Operation, to go through with the arrow keys <input type="range" min="0" value="0"></label>
    {{#moments}}<section><p><strong>{{text}}</strong></p>
    <div class="scroll" tabindex="0" role="region" aria-label="Files after {{text}}"><table>
    <thead><tr><th scope="col">file</th><th scope="col" class="n">bytes, as seen</th><th scope="col" class="n">on the disk</th><th scope="col">first difference</th></tr></thead>
    <tbody>{{#files}}<tr><th scope="row" class="names">{{name}}</th><td class="n">{{seen}}</td><td class="n{{#differs}} bad{{/differs}}">{{synced}}</td><td>{{#difference}}{{place}}<br><code>seen {{seen}}<br>disk {{synced}}</code>{{/difference}}{{^difference}}none{{/difference}}</td></tr>
    {{/files}}</tbody></table></div></section>
    {{/moments}}</div>{{/stepping}}
    <details><summary>The same as a list</summary>
    <ol class="events">{{#steps}}<li>{{text}}<ul>{{#events}}<li><span class="fate {{class}}">{{fate}}</span> [{{index}}] {{text}}</li>{{/events}}</ul></li>
    {{/steps}}</ol></details>{{/timeline}}
    {{#hasLosses}}<h3>What the crash took</h3>
    <ul>{{#losses}}<li>{{.}}</li>{{/losses}}</ul>{{/hasLosses}}
    {{#recovery}}<details><summary>What recovery wrote</summary><pre>{{.}}</pre></details>{{/recovery}}
    {{#bytes}}<h3>The first difference</h3>
    <p>{{place}}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Bytes from the first difference on"><table class="bytes">
    <thead><tr><th scope="col">byte</th>{{#columns}}<th scope="col">{{.}}</th>{{/columns}}</tr></thead>
    <tbody><tr><th scope="row">expected</th>{{#expected}}<td{{#differs}} class="differs"{{/differs}}>{{byte}}</td>{{/expected}}</tr>
    <tr><th scope="row">found</th>{{#found}}<td{{#differs}} class="differs"{{/differs}}>{{byte}}</td>{{/found}}</tr></tbody></table></div>{{/bytes}}
    {{#hasStacks}}<h3>Call stacks</h3>
    <div class="stacks">{{#stacks}}<div><p>{{title}}</p><ol class="frames">{{#frames}}<li>{{.}}</li>{{/frames}}</ol></div>{{/stacks}}</div>{{/hasStacks}}
    {{#found}}<details><summary>As it was found</summary>
    <p>{{summary}}</p>
    {{#hasLosses}}<ul>{{#losses}}<li>{{.}}</li>{{/losses}}</ul>{{/hasLosses}}
    <p><a href="{{path}}">reproducer</a></p>
    <pre class="line">{{replay}}</pre></details>{{/found}}
    {{#examples}}<details><summary>The first of them</summary><ul>{{#list}}<li>{{.}}</li>{{/list}}</ul></details>{{/examples}}
    </div>
    </details>
    {{/groups}}
    {{/hasGroups}}
    {{^hasGroups}}{{#isClean}}<p class="good">Every crash state that was executed recovered to a legal state.</p>{{/isClean}}{{^isClean}}<p class="warn">No violation was found in the crash states that were executed; the first line says what did not run.</p>{{/isClean}}{{/hasGroups}}
    {{#hasOddities}}
    <h2 id="oddities">Not judged, or not the same when run twice</h2>
    <ul>{{#oddities}}<li class="warn">{{.}}</li>{{/oddities}}</ul>
    {{/hasOddities}}
    {{#chart}}
    <h2 id="course">States over time</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="States over time">
    {{{chart}}}
    </div>
    {{/chart}}
    {{#hasMarks}}
    <h2 id="marks">Marks</h2>
    <p class="soft">Rare states that a campaign should reach. {{reached}} of {{marksCount}} were reached.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Marks">
    <table>
    <thead><tr><th scope="col">mark</th><th scope="col" class="n">times reached</th><th scope="col">in scenarios</th></tr></thead>
    <tbody>
    {{#marks}}<tr><th scope="row" class="names">{{name}}</th><td class="n">{{count}}</td><td class="names">{{#isReached}}{{scenarios}}{{/isReached}}{{^isReached}}<strong class="warn">never reached</strong>{{/isReached}}</td></tr>
    {{/marks}}
    </tbody>
    </table>
    </div>
    {{/hasMarks}}
    </main>
    <footer><p class="soft">summary.json has every figure, results.jsonl every case, failures/ the reproducers. This page needs no network and no script.</p></footer>
    <script>
    {{{script}}}
    </script>
    </body>
    </html>

    """
}
