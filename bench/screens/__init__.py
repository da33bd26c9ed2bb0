"""Every screen of the product, opened in a browser and measured: see bench/README.md.

`command` has it done: `site` starts the product (`furnish` and `errands` put into it what the demo
lacks), `plan` finds the screens (`addresses` follows links, `parts` reads pages, `visits` and
`flows` are the states of a screen), `browsers` go there (`opening`) and measure (`accessibility`
by `looks`, `languages`, `budgets` behind `front`, `clicks`); `findings` are kept, `report` tells.
"""
