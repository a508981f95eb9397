-- HTML inside the Markdown becomes real headings, tables and figures, so that every format can print them.
function RawBlock(block)
  if block.format == "html" then
    return pandoc.read(block.text, "html").blocks
  end
end

-- Pictures are put into the file; one from elsewhere would be a request to somebody else's machine.
function Image(image)
  if image.src:match("^%a+://") or image.src:match("^//") then
    error("a picture from outside: " .. image.src .. ". Put the file beside the notebook instead.")
  end
end

-- First read the HTML back, then look at all pictures, also those inside it.
return { { RawBlock = RawBlock }, { Image = Image } }
