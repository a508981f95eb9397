-- For paper: boxes and marks keep their names, figures their alternative text.
local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("%c", " ") .. '"'
end

local function around(open, blocks, close)
  local out = pandoc.Blocks({ pandoc.RawBlock("typst", open) })
  out:extend(blocks)
  out:insert(pandoc.RawBlock("typst", close))
  return out
end

-- Parts that stand side by side become the cells of a grid.
local side = { beside = true, closing = true, pair = true, asked = true, cards = true }

local written

local function grid(name, blocks)
  local out = pandoc.Blocks({ pandoc.RawBlock("typst", "#side(" .. quoted(name) .. ",") })
  for _, block in ipairs(blocks) do
    out:extend(around("[", written({ block }), "],"))
  end
  out:insert(pandoc.RawBlock("typst", ")"))
  return out
end

local function box(div)
  local names = table.concat(div.classes, " ")
  if names == "" or names == "frame" then return written(div.content) end
  for _, name in ipairs(div.classes) do
    if side[name] and #div.content > 1 and not div.classes:includes("alone") then
      return grid(names, div.content)
    end
  end
  return around("#boxed(" .. quoted(names) .. ")[", written(div.content), "]")
end

-- From the outside inwards, because a part is put beside another one as a whole.
function written(blocks)
  local out = pandoc.Blocks({})
  for i, block in ipairs(blocks) do
    local before, after = blocks[i - 1], blocks[i + 1]
    if block.t == "Div" then
      out:extend(box(block))
    elseif block.t == "Para" and before and before.t == "Header" and after and (after.t == "Div" or after.t == "RawBlock") then
      -- a sentence between a heading and what it is about stays with both
      out:extend(around("#block(sticky: true)[", { block }, "]"))
    else
      out:insert(block)
    end
  end
  return out
end

function Pandoc(doc)
  doc.blocks = written(doc.blocks)
  return doc
end

function Span(span)
  local names = table.concat(span.classes, " ")
  if names == "" then return span.content end
  local out = pandoc.Inlines({ pandoc.RawInline("typst", "#marked(" .. quoted(names) .. ")[") })
  out:extend(span.content)
  out:insert(pandoc.RawInline("typst", "]"))
  return out
end

local function drawn(image)
  local vector = image.src:gsub("%.png$", ".svg")
  local file = io.open(vector, "r")
  if file then file:close() end
  local alt = pandoc.utils.stringify(image.caption)
  return string.format("image(%s%s, width: 100%%)", quoted(file and vector or image.src),
    alt:match("%S") and ", alt: " .. quoted(alt) or ""), alt
end

function Figure(figure)
  local image
  figure:walk({ Image = function(found) image = image or found end })
  if not image then return nil end
  local content, alt = drawn(image)
  local caption = pandoc.write(pandoc.Pandoc(figure.caption.long), "typst"):gsub("%s+$", "")
  return pandoc.RawBlock("typst", string.format("#figure(%s%s, caption: %s, kind: image)", content,
    alt:match("%S") and ", alt: " .. quoted(alt) or "", caption ~= "" and "[" .. caption .. "]" or "none"))
end

function Image(image)
  return pandoc.RawInline("typst", "#" .. drawn(image))
end

function Math(math)
  local body = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ math }) }), "typst"):gsub("%s+$", "")
  return pandoc.RawInline("typst", string.format("#math.equation(alt: %s, block: %s, %s)", quoted(math.text),
    tostring(math.mathtype == "DisplayMath"), body))
end

-- Three dots and a hyphen with a question mark are signs of their own in typst; here they are what was written.
function Str(str)
  if str.text:match("%.%.%.") or str.text:match("%-%?") then
    local written_out = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ str }) }), "typst"):gsub("%s+$", "")
    return pandoc.RawInline("typst", (written_out:gsub("%.%.%.", "\\.\\.\\."):gsub("%-%?", "\\-?")))
  end
end

-- What would open a heading or a list at the beginning of a text opens nothing.
function Inlines(inlines)
  local first = inlines[1]
  if not first or first.t ~= "Str" then return nil end
  local text = first.text
  if text:match("^=+$") or text:match("^[-+/]$") then
    inlines[1] = pandoc.RawInline("typst", (text:gsub(".", "\\%0")))
  elseif text:match("^%d+%.$") then
    inlines[1] = pandoc.RawInline("typst", (text:gsub("%.", "\\.")))
  end
  return inlines
end

-- Figures first: their pictures are written with them.
return { { Inlines = Inlines }, { Str = Str }, { Figure = Figure }, { Image = Image, Math = Math }, { Span = Span }, { Pandoc = Pandoc } }
