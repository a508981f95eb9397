-- For Word: boxes become paragraph styles, marks character styles; what the cover says becomes paragraphs.
local paragraphs = {
  lead = "Lead", question = "Question", said = "Answer", decision = "Decision", recommendation = "Decision", flag = "Decision", note = "Small Print",
  notes = "Small Print", owner = "Small Print", commentary = "Commentary",
}
local marks = { quiet = "Quiet", way = "Quiet", stamp = "Quiet" }
local tones = { good = true, part = true, open = true, bad = true, none = true }

function Div(div)
  local tone
  for _, name in ipairs(div.classes) do
    if paragraphs[name] then div.attributes["custom-style"] = paragraphs[name] end
    if tones[name] then tone = name end
  end
  if tone and div.classes:includes("said") then
    local style = { ["custom-style"] = "Verdict " .. tone }
    div = div:walk({ Strong = function(strong) return pandoc.Span(strong.content, pandoc.Attr("", {}, style)) end })
  end
  return div
end

function Span(span)
  local badge, tone = false, nil
  for _, name in ipairs(span.classes) do
    if name == "badge" then badge = true end
    if tones[name] then tone = name end
    if marks[name] then span.attributes["custom-style"] = marks[name] end
  end
  if badge and tone then span.attributes["custom-style"] = "Verdict " .. tone end
  span.classes = {}
  return span
end

-- Dots across a PNG file, from its header.
local function across(name)
  local file = io.open(name, "rb")
  local head = file and file:read(24) or ""
  if file then file:close() end
  return #head == 24 and head:sub(2, 4) == "PNG" and string.unpack(">I4", head, 17) or nil
end

-- Figures at half a page, wide ones across it; a logo is as high as two lines.
function Image(image)
  local dots = across(image.src)
  if image.src:match("^logo%.") then
    image.attributes.height = "1.4cm"
  elseif dots and not image.attributes.width then
    image.attributes.width = dots > 1200 and "16.5cm" or "9.6cm"
  end
  return image
end

-- The first cell of a row names it.
function Table(t)
  for _, body in ipairs(t.bodies) do
    for _, row in ipairs(body.body) do
      local first = row.cells[1]
      local quiet = false
      first.contents:walk({ Span = function(span) quiet = quiet or span.classes:includes("quiet") end })
      if not quiet and #t.head.rows > 0 then
        first.contents = first.contents:walk({
          Plain = function(block) return pandoc.Plain({ pandoc.Strong(block.content) }) end,
        })
      end
    end
  end
  return t
end

-- A sentence between a heading and what it is about stays with both.
local function kept(blocks)
  for i, block in ipairs(blocks) do
    local before, after = blocks[i - 1], blocks[i + 1]
    if block.t == "Para" and before and before.t == "Header" and after and after.t == "Div" then
      blocks[i] = pandoc.Div({ block }, pandoc.Attr("", {}, { ["custom-style"] = "Key Sentence" }))
    end
  end
  return blocks
end

-- Headings in a box would be drawn into it.
function Header(header)
  header.attributes = {}
  return header
end

local function styled(style, inlines)
  return pandoc.Div({ pandoc.Para(inlines) }, pandoc.Attr("", {}, { ["custom-style"] = style }))
end

function Pandoc(doc)
  local meta, top = doc.meta, pandoc.Blocks({})
  if meta.logo then
    top:insert(styled("Cover", { pandoc.Image(meta["logo-alt"] or {}, pandoc.utils.stringify(meta.logo)) }))
  end
  local function line(parts)
    local said = pandoc.List({})
    for _, part in ipairs(parts) do
      if part then
        if #said > 0 then said:insert(pandoc.Str("  ·  ")) end
        said:insert(pandoc.Str(pandoc.utils.stringify(part)))
      end
    end
    if #said > 0 then top:insert(styled("Cover", said)) end
  end
  if meta.period then line({ meta.period }) end
  line(meta.fact or {})
  if meta.confidentiality then line({ meta.confidentiality }) end
  top:extend(doc.blocks)
  local subtitle = pandoc.utils.stringify(meta.kind or "")
  if meta.client then subtitle = subtitle .. "  ·  " .. pandoc.utils.stringify(meta.client) end
  local kept = { title = meta.title, lang = meta.lang, subtitle = pandoc.MetaInlines({ pandoc.Str(subtitle) }) }
  return pandoc.Pandoc(top, kept)
end

return { { Blocks = kept }, { Table = Table }, { Div = Div, Span = Span, Header = Header }, { Pandoc = Pandoc }, { Image = Image } }
