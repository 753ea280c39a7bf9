/* Cuts a Korean query as the index was cut. Every word must be found; if no page has them all, any will do. */
(() => {
  const QUERY = 2, RESULT = 3 // the theme's messages to and from its search worker
  const PLAIN = 1, BENDING = 1.1, UNKNOWN = 3, LONGEST = 10
  let words = new Set(), bends = new Set(), synonyms = []
  const { base } = JSON.parse(document.getElementById("__config").textContent)
  const root = new URL(base.replace(/\/?$/, "/"), location.href)
  fetch(new URL("search/korean-terms.json", root)).then(reply => reply.json()).then(terms => {
    words = new Set(terms.content)
    bends = new Set(terms.function)
    synonyms = terms.synonyms
  })

  /* The cheapest way to cover a word with known pieces; particles and endings are then dropped. */
  const pieces = word => {
    const best = [{ cost: 0, parts: [] }]
    for (let start = 0; start < word.length; start++) {
      if (!best[start]) continue
      for (let end = start + 1; end <= Math.min(word.length, start + LONGEST); end++) {
        const part = word.slice(start, end)
        const price = words.has(part) ? PLAIN : bends.has(part) && start > 0 ? BENDING : end === start + 1 ? UNKNOWN : 0
        if (!price) continue
        const cost = best[start].cost + price
        if (!best[end] || cost < best[end].cost) best[end] = { cost, parts: [...best[start].parts, part] }
      }
    }
    const parts = best[word.length].parts
    const whole = parts.every(part => words.has(part) || bends.has(part))
    // Beside something unknown, a lone syllable is a guess that would match half the site.
    const known = parts.filter(part => words.has(part) && (whole || part.length > 1))
    return known.length ? known : [word]
  }

  /* Each word as its pieces, and the other words people use for it (only those that are one piece). */
  const read = query => query
    .replace(/([가-힣])(?=[A-Za-z0-9])|([A-Za-z0-9])(?=[가-힣])/g, "$1$2 ").trim().split(/\s+/)
    .map(word => {
      const found = /^[가-힣]+$/.test(word) ? pieces(word) : [word]
      const group = synonyms.find(one => one.includes(word) || one.includes(found.join(""))) ?? []
      return { found, others: group.filter(one => one !== found.join("") && words.has(one)) }
    })

  /* One syllable must match exactly; longer pieces also match as beginnings. `^` weighs, `+` demands. */
  const term = part => part.length > 1 ? `${part}*` : part
  const either = ({ found, others }) => [...found.map(part => `${term(part)}^4`), ...others.map(part => `${term(part)}^1`)]
  const every = word => word.others.length && word.found.length === 1 ? either(word) : word.found.map(part => `+${term(part)}`)
  const ask = (query, strict) => read(query).flatMap(strict ? every : either).join(" ")

  const send = Worker.prototype.postMessage
  let latest = 0
  Worker.prototype.postMessage = function (message, ...rest) {
    const query = message?.type === QUERY ? message.data : ""
    const turn = query ? ++latest : latest
    if (!/[가-힣]/.test(query) || /["+~^*]/.test(query)) return send.call(this, message, ...rest)
    const answered = ({ data }) => {
      if (data?.type !== RESULT) return
      this.removeEventListener("message", answered)
      if (turn === latest && !data.data.items.length) send.call(this, { ...message, data: ask(query, false) }, ...rest)
    }
    this.addEventListener("message", answered)
    return send.call(this, { ...message, data: ask(query, true) }, ...rest)
  }
})()
