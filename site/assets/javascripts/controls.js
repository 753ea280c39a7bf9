/* The page's own controls: menu, search, text size, light or dark; all of them real buttons with a keyboard. */
(() => {
  const root = document.documentElement
  const control = name => document.querySelector(`[data-control="${name}"]`)
  const remembered = name => { try { return localStorage.getItem(name) } catch { return null } }
  const remember = (name, value) => { try { localStorage.setItem(name, value) } catch { /* private window */ } }

  /* Menu: what is off the screen can't be focused; Escape or leaving it closes it. */
  const toggle = document.getElementById("__drawer")
  const side = document.querySelector(".md-sidebar--primary")
  const narrow = matchMedia("(max-width: 76.234375em)")
  const drawer = control("drawer")
  const showDrawer = () => {
    if (!side) return
    side.inert = narrow.matches && !toggle.checked
    drawer.setAttribute("aria-expanded", String(toggle.checked))
  }
  const setDrawer = (open, focus) => {
    toggle.checked = open
    toggle.dispatchEvent(new Event("change"))
    if (focus) (open ? control("drawer-close") : drawer).focus()
  }
  toggle.addEventListener("change", showDrawer)
  narrow.addEventListener("change", showDrawer)
  drawer.addEventListener("click", () => setDrawer(true, true))
  control("drawer-close")?.addEventListener("click", () => setDrawer(false, true))
  side?.addEventListener("focusout", event => {
    if (toggle.checked && event.relatedTarget && !side.contains(event.relatedTarget)) setDrawer(false, false)
  })
  document.addEventListener("keydown", event => {
    if (event.key === "Escape" && toggle.checked) setDrawer(false, true)
  })
  showDrawer()

  /* Search: always in the header on wide screens, behind a button on narrow ones. */
  const searching = document.getElementById("__search")
  const search = document.querySelector(".md-search")
  const folded = matchMedia("(max-width: 59.984375em)")
  const showSearch = () => { search.inert = folded.matches && !searching.checked }
  const focusButton = () => { if (folded.matches && !searching.checked) control("search").focus() }
  searching.addEventListener("change", () => { showSearch(); focusButton() })
  folded.addEventListener("change", showSearch)
  control("search").addEventListener("click", () => {
    search.inert = false
    searching.click()
    query.focus()
  })
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") setTimeout(() => { showSearch() }, 50)
  })
  showSearch()

  /* The theme listens to keys only; a pasted, spoken or composed word makes none. */
  const query = search.querySelector("input")
  query.addEventListener("input", () => query.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true })))

  /* Text size in three steps. */
  const size = control("text-size")
  const names = size.dataset.sizes.split("|")
  let step = Math.max(0, ["", "large", "largest"].indexOf(remembered("text-size") ?? ""))
  const showSize = () => {
    const value = ["", "large", "largest"][step]
    if (value) root.dataset.textSize = value
    else delete root.dataset.textSize
    size.setAttribute("aria-label", `${size.textContent.trim()} ${size.dataset.label}: ${names[step]}`)
    remember("text-size", value)
  }
  size.addEventListener("click", () => { step = (step + 1) % 3; showSize() })
  showSize()

  /* Light or dark. */
  const dark = control("dark")
  const palettes = [...document.querySelectorAll("[data-md-component=palette] input")]
  const isDark = () => document.body.getAttribute("data-md-color-scheme") === "slate"
  const showDark = () => dark.setAttribute("aria-pressed", String(isDark()))
  dark.addEventListener("click", () => {
    palettes.find(one => one.dataset.mdColorScheme === (isDark() ? "default" : "slate")).click()
  })
  new MutationObserver(showDark).observe(document.body, { attributeFilter: ["data-md-color-scheme"] })
  showDark()

  /* What scrolls sideways can be scrolled with the keyboard. */
  const scrollable = () => {
    for (const box of document.querySelectorAll(".md-typeset__scrollwrap, .highlight pre > code")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
      else box.removeAttribute("tabindex")
    }
  }
  addEventListener("load", () => setTimeout(scrollable, 300))
  addEventListener("resize", scrollable)
  size.addEventListener("click", () => setTimeout(scrollable, 300))
})()
