-- HTML inside the Markdown becomes real headings, tables and figures, so that every format can print them.
-- What could act on its own in a format (scripts, raw typst, raw Word, handlers) does not get through.
local LINE = 118 -- characters of a table's writing across a page
local GAP = 2.5 -- room between two columns, in characters
local SHORT = 12 -- rows of a table that stays on one page
local plain_formats = { html = true, html5 = true }

function RawBlock(block)
  if plain_formats[block.format] then
    return pandoc.read(block.text, "html").blocks
  end
  return pandoc.Para({ pandoc.Str(block.text) })
end

function RawInline(raw)
  if plain_formats[raw.format] then return {} end
  return pandoc.Str(raw.text)
end

-- Pictures are put into the file; one from elsewhere would be a request to somebody else's machine.
local function picture(image)
  if image.src:match("^%a+://") or image.src:match("^//") then
    error("a picture from outside: " .. image.src .. ". Put the file beside the notebook instead.")
  end
  local kept = {}
  for name, value in pairs(image.attributes) do
    if name:match("^data%-") or name == "width" then kept[name] = value end
  end
  image.attributes = kept
  return image
end

-- A link leads to a page, an address or a place in the report; anything else stays text.
local function link(found)
  local to = found.target:lower()
  if to:match("^https?://") or to:match("^mailto:") or to:match("^#") then
    found.attributes = {}
    return found
  end
  return found.content
end

local function words()
  local file = assert(io.open("words.json", "r"))
  local content = pandoc.json.decode(file:read("a"), false)
  file:close()
  return content
end

-- What the cover says is plain text, whatever stands in it.
function Meta(meta)
  for name, value in pairs(words()) do
    if type(value) == "table" then
      meta[name] = pandoc.MetaList(pandoc.List(value):map(function(one) return pandoc.MetaInlines({ pandoc.Str(one) }) end))
    elseif FORMAT == "html5" and name:match("%-alt$") then
      -- the page has it in an attribute, where a quotation mark would end it
      local safe = value:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"):gsub('"', "&quot;")
      meta[name] = pandoc.MetaInlines({ pandoc.RawInline("html", safe) })
    elseif value ~= "" then
      meta[name] = pandoc.MetaInlines({ pandoc.Str(value) })
    end
  end
  return meta
end

local function has(element, name)
  return element.classes and element.classes:includes(name)
end

-- Columns are aligned by their class, since only the page has a style sheet.
local function aligned(cell)
  if has(cell.attr, "num") then cell.alignment = "AlignRight" else cell.alignment = "AlignLeft" end
  return cell
end

-- Characters of a cell: the whole of it, and its longest word.
local function sizes(cell)
  local text = pandoc.utils.stringify(cell.contents)
  local word = 0
  for part in text:gmatch("%S+") do word = math.max(word, utf8.len(part) or #part) end
  local value = text:match("^[+<]?%d") or text:match("^−%d") or text:match("^≈%d")
  return utf8.len(text) or #text, word, value
end

-- Widths of columns after what stands in them: none narrower than its longest word, values in one line, and
-- what is left goes, bit by bit, to the column that would need the most lines.
local function widths(t, rows)
  local least, most = {}, {}
  for i = 1, #t.colspecs do least[i], most[i] = 3, 3 end
  local limit = #t.colspecs > 7 and 13 or 25
  for place, row in ipairs(rows) do
    for i, cell in ipairs(row.cells) do
      if least[i] then
        local all, word, value = sizes(cell)
        local whole = place > #t.head.rows and (all <= 9 or (all <= limit and (value or has(cell.attr, "num"))))
        least[i] = math.max(least[i], whole and all or word)
        most[i] = math.max(most[i], all * (i == 1 and 1.2 or 1))
      end
    end
  end
  local used = 0
  for i = 1, #least do used = used + least[i] + GAP end
  while used < LINE do
    local lines, worst = 1, nil
    for i = 1, #least do
      if most[i] / least[i] > lines then lines, worst = most[i] / least[i], i end
    end
    if not worst then break end
    least[worst], used = least[worst] + 1, used + 1
  end
  for i, spec in ipairs(t.colspecs) do
    t.colspecs[i] = { spec[1], (least[i] + GAP) / math.max(LINE, used) }
  end
end

local function rows_of(t)
  local rows = pandoc.List({})
  rows:extend(t.head.rows)
  for _, body in ipairs(t.bodies) do rows:extend(body.body) end
  return rows
end

local function tables(t)
  local names = t.attr.classes
  for _, row in ipairs(rows_of(t)) do
    row.cells = row.cells:map(aligned)
  end
  for _, body in ipairs(t.bodies) do
    for _, row in ipairs(body.body) do
      if FORMAT ~= "html5" and has(row.attr, "secondary") then
        for _, cell in ipairs(row.cells) do
          cell.contents = cell.contents:walk({
            Plain = function(block) return pandoc.Plain({ pandoc.Span(block.content, { class = "quiet" }) }) end,
          })
        end
      end
    end
  end
  if FORMAT == "html5" then return t end
  widths(t, rows_of(t))
  t.attr = pandoc.Attr()
  local short = #rows_of(t) <= SHORT and "short" or "long"
  return pandoc.Div({ t }, pandoc.Attr("", { "table", short, table.unpack(names) }))
end

-- A table beside something has less room and takes all of it.
local function beside(div)
  if FORMAT ~= "typst" or not (has(div, "beside") or has(div, "closing")) then return nil end
  return div:walk({
    Table = function(t)
      local total = 0
      for _, spec in ipairs(t.colspecs) do total = total + (spec[2] or 0) end
      if total > 0 then
        for i, spec in ipairs(t.colspecs) do t.colspecs[i] = { spec[1], spec[2] / total } end
      end
      return t
    end,
  })
end

-- The page has no counter of its own for figures and tables; paper and Word bring theirs.
local counted = { figure = 0, table = 0 }

local function numbered(caption, kind, names)
  local first = caption.long[1]
  if not first then return end
  counted[kind] = counted[kind] + 1
  local label = pandoc.Span(names[kind] .. " " .. counted[kind] .. ".", { class = "label" })
  first.content:insert(1, pandoc.Space())
  first.content:insert(1, label)
end

local function captions(doc)
  if FORMAT ~= "html5" then return nil end
  local names = words()
  return doc:walk({
    traverse = "topdown",
    Figure = function(figure) numbered(figure.caption, "figure", names) return figure end,
    Table = function(t) numbered(t.caption, "table", names) return t end,
  })
end

-- Beside the page's title, sections of the text are the first level.
local function heading(header)
  if FORMAT ~= "html5" then header.level = math.max(1, header.level - 1) end
  return header
end

return {
  { RawBlock = RawBlock },
  { RawInline = RawInline, Image = picture, Link = link, Table = tables, Header = heading },
  { Div = beside },
  { Meta = Meta },
  { Pandoc = captions },
}
