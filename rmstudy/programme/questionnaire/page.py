"""A questionnaire as one HTML page that needs nothing else: no server, no outside request.

The answers leave the page only as a file that the person saves. It works with the keyboard and a screen
reader, on a narrow screen, in the dark and on paper.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

from rmstudy.programme.questionnaire.description import Question, Questionnaire, Row, Section
from rmstudy.wording import say

STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#f3f5f7;--line:#c4cad1;--mark:#005a8c}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#16191d;--soft:#22272d;--line:#4a525b;--mark:#7cc4f2}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,"Segoe UI",Roboto,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}
h2{font-size:1.2rem;margin:0 0 .5rem}
p{margin:.4rem 0;max-width:46rem}
section{margin:0 0 1.5rem;padding:1rem;background:var(--soft);border-radius:.5rem}
fieldset{border:0;border-top:1px solid var(--line);margin:0;padding:.7rem 0;min-width:0}
legend,.label{padding:0;font-weight:500;display:block}
legend{float:left;width:100%}
.options{clear:both;display:flex;flex-direction:column;gap:.15rem;margin-top:.3rem}
.options label{display:flex;gap:.5rem;align-items:center;padding:.3rem 0;min-height:1.75rem}
.field{border-top:1px solid var(--line);padding:.7rem 0}
.hint{font-weight:400}
input[type=radio]{width:1.15rem;height:1.15rem;flex:none;margin:0;accent-color:var(--mark)}
input[type=text],input[type=number],input[type=date]{font:inherit;color:inherit;background:var(--paper);border:1px solid
currentColor;border-radius:.25rem;padding:.4rem .5rem;width:100%;max-width:14rem;display:block;margin-top:.3rem}
input:focus-visible,button:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
button{font:inherit;padding:.6rem 1.2rem;border-radius:.3rem;border:1px solid var(--mark);background:var(--mark);
color:var(--paper);cursor:pointer}
button.clear{background:none;color:var(--mark);padding:.3rem .7rem;margin-top:.4rem;font-size:.9rem}
.steps{display:none}
.done{font-weight:600}
@media (min-width:48rem),print{
.matrix fieldset,.steps{display:flow-root}
.matrix legend,.steps .blank{float:left;width:42%;padding-right:1rem}
.matrix .options,.steps .words{clear:none;float:left;width:58%;display:grid;grid-template-columns:repeat(var(--n),1fr);
gap:.25rem;margin:0}
.matrix .options label{justify-content:center;padding:.2rem 0}
.matrix .options span{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.steps .words span{font-size:.85rem;line-height:1.25;text-align:center;align-self:end;overflow-wrap:anywhere}
.steps .words{padding-bottom:.4rem}
}
@media print{section{background:none;padding:0}fieldset,.field,.matrix{break-inside:avoid}
fieldset,.field{padding:.35rem 0}h2,p,.steps{break-after:avoid}
.options label{padding:0;min-height:0}
button,.save{display:none}body{font-size:10.5pt}main{max-width:none;padding:0}}
"""

SCRIPT = """
(function(){
"use strict";
var form=document.getElementById("form"),done=document.getElementById("done");
document.querySelectorAll("button.clear").forEach(function(b){b.addEventListener("click",function(){
b.closest("section").querySelectorAll("input").forEach(function(i){if(i.type==="radio"){i.checked=false}else{i.value=""}})})});
function cell(v){return '"'+String(v).replace(/"/g,'""')+'"'}
form.addEventListener("submit",function(e){
e.preventDefault();
var data=new FormData(form),codes=JSON.parse(form.dataset.codes),head=["questionnaire","lang"],
row=[form.dataset.id,document.documentElement.lang];
codes.forEach(function(c){head.push(c);row.push((data.get(c)||"").trim())});
var mark=Array.from(crypto.getRandomValues(new Uint8Array(4)),
function(n){return n.toString(16).padStart(2,"0")}).join("");
var text="\\ufeff"+head.map(cell).join(",")+"\\r\\n"+row.map(cell).join(",")+"\\r\\n";
var link=document.createElement("a");
link.href=URL.createObjectURL(new Blob([text],{type:"text/csv;charset=utf-8"}));
link.download=form.dataset.id+"-"+mark+".csv";
document.body.appendChild(link);link.click();link.remove();
done.textContent=done.dataset.text.replace("FILE",link.download);
});
})();
"""


def html_page(questionnaire: Questionnaire) -> str:
    """Write a questionnaire as one page.

    Parameters
    ----------
    questionnaire : Questionnaire
        What is asked.

    Returns
    -------
    str
        A whole HTML document. Its button saves a CSV file of one row: ``questionnaire``, ``lang``, then the
        codes of the questions.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> asked = rm.programme.questionnaire.questionnaire(plan, role="mentee", wave="mid", lang="it")
    >>> rm.programme.questionnaire.html_page(asked).splitlines()[1]
    '<html lang="it">'
    """
    lang = questionnaire.lang
    codes = html.escape("[" + ",".join(f'"{code}"' for code in questionnaire.codes) + "]")
    saved = say("Saved as FILE. Send this file back as your invitation says.", lang)
    how = say(
        "The button saves a file on this device; nothing is sent by itself. Send the file back as your "
        "invitation says.",
        lang,
    )
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{lang}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
            "script-src 'unsafe-inline'; form-action 'none'; base-uri 'none'\">",
            f"<title>{html.escape(questionnaire.title)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            f"<h1>{html.escape(questionnaire.title)}</h1>",
            f'<form id="form" data-id="{html.escape(questionnaire.id)}" data-codes="{codes}" autocomplete="off">',
            *(line for section in questionnaire.sections for line in _section(section, lang)),
            '<section class="save">',
            f"<h2>{html.escape(say('Save', lang))}</h2>",
            f"<p>{html.escape(how)}</p>",
            f'<p><button type="submit">{html.escape(say("Save my answers", lang))}</button></p>',
            f'<p id="done" class="done" role="status" data-text="{html.escape(saved)}"></p>',
            "</section>",
            "</form>",
            "</main>",
            f"<script>{SCRIPT}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _section(section: Section, lang: str) -> Iterator[str]:
    """One section with its questions."""
    yield f'<section aria-labelledby="s-{_id(section.id)}">'
    yield f'<h2 id="s-{_id(section.id)}">{html.escape(section.title)}</h2>'
    yield from (f"<p>{html.escape(paragraph)}</p>" for paragraph in section.paragraphs)
    for question in section.questions:
        yield from _question(question, section)
    if any(question.options and not question.required for question in section.questions):
        yield f'<button type="button" class="clear">{html.escape(say("Clear this part", lang))}</button>'
    yield "</section>"


def _question(question: Question, section: Section) -> Iterator[str]:
    """One question."""
    if question.kind == "matrix":
        yield f'<div class="matrix" style="--n:{len(question.options)}">'
        words = "".join(f"<span>{html.escape(option.text)}</span>" for option in question.options)
        # the words stand once above the rows on a wide screen; a screen reader hears them at each answer
        yield '<div class="steps" aria-hidden="true"><div class="blank">&nbsp;</div>'
        yield f'<div class="words">{words}</div></div>'
        for row in question.rows:
            yield from _choice(question, row, row.text)
        yield "</div>"
    elif question.kind == "choice":
        yield from _choice(question, question.rows[0], question.text)
    else:
        for row in question.rows:
            yield _field(question, row, row.text or question.text or section.title)


def _choice(question: Question, row: Row, text: str) -> Iterator[str]:
    """One choice among options."""
    yield f'<fieldset><legend>{html.escape(text)}{_hint(question)}</legend><div class="options">'
    needed = " required" if question.required else ""
    for option in question.options:
        yield (
            f'<label><input type="radio" name="{_id(row.code)}" value="{html.escape(option.code)}"{needed}>'
            f"<span>{html.escape(option.text)}</span></label>"
        )
    yield "</div></fieldset>"


def _field(question: Question, row: Row, text: str) -> str:
    """One word or number to be written."""
    needed = " required" if question.required else ""
    kind = question.kind if question.kind in ("text", "date") else "number"
    limits = "".join(
        f' {name}="{value:g}"'
        for name, value in (("min", question.low), ("max", question.high))
        if value is not None
    )
    step = {"number": ' step="any"', "text": ' maxlength="40"'}.get(kind, "")
    return (
        f'<div class="field"><label class="label" for="q-{_id(row.code)}">{html.escape(text)}{_hint(question)}</label>'
        f'<input type="{kind}" id="q-{_id(row.code)}" name="{_id(row.code)}"{limits}{step}{needed}></div>'
    )


def _hint(question: Question) -> str:
    """A hint after a question."""
    return f' <span class="hint">({html.escape(question.hint)})</span>' if question.hint else ""


def _id(code: str) -> str:
    """A code as an attribute."""
    return html.escape(code, quote=True)
