# The part of build.sh that makes sense on Windows: test, publish, format. Test volumes, ReFS and NTFS, are made on virtual disks where this is
# run as an administrator; elsewhere what needs them is skipped. It has not run yet (docs/platforms.md).
param(
    [Parameter(Position = 0)][ValidateSet('test', 'publish', 'format')][string] $Command,
    [Parameter(Position = 1)][string[]] $Projects = @(),
    [switch] $Check
)
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot
$binary = Join-Path $PSScriptRoot 'artifacts/bin/holotree.exe'

function Invoke-DotNet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) ended with exit code $LASTEXITCODE" }
}

function Publish-Program {
    $architecture = [System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture.ToString().ToLowerInvariant()
    $rid = if ($env:HOLOTREE_RID) { $env:HOLOTREE_RID } else { "win-$architecture" }
    # Artifacts of its own: the intermediate files of a trimmed and of a plain build do not mix.
    Invoke-DotNet publish src/Holotree.Cli -c Release -r $rid -v q -nologo -p:PublishProfile=precompiled --artifacts-path artifacts/release -o artifacts/release/out
    New-Item -ItemType Directory -Force artifacts/bin | Out-Null
    Move-Item -Force artifacts/release/out/Holotree.Cli.exe $binary
}

function Test-Administrator {
    ([Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

# By diskpart, which every Windows has; New-VHD comes with Hyper-V alone. The disks grow as they are filled.
function New-TestVolume([string] $folder, [string] $name, [string] $fileSystem) {
    $mount = (New-Item -ItemType Directory -Force (Join-Path $folder "volumes\$name")).FullName
    $disk = Join-Path $folder "$name.vhdx"
    $script = Join-Path $folder "$name.txt"
    @(
        "create vdisk file=`"$disk`" maximum=8192 type=expandable"
        'attach vdisk'
        'create partition primary'
        "format fs=$fileSystem quick label=holotree"
        "assign mount=`"$mount`""
    ) | Set-Content -Encoding ascii $script
    $said = diskpart /s $script
    if ($LASTEXITCODE -ne 0) { throw "diskpart cannot make the volume ${name}: $($said -join ' ')" }
}

function Remove-TestVolume([string] $folder, [string] $name) {
    $disk = Join-Path $folder "$name.vhdx"
    $script = Join-Path $folder "$name.txt"
    if (Test-Path $disk) {
        @("select vdisk file=`"$disk`"", 'detach vdisk') | Set-Content -Encoding ascii $script
        $said = diskpart /s $script
        if ($LASTEXITCODE -ne 0) { Write-Host "the volume $name is still there: $($said -join ' ')"; return }
    }
    Remove-Item -Force -ErrorAction Ignore $disk, $script
    # The mount has left an empty folder; what is not empty stays.
    $mount = Join-Path $folder "volumes\$name"
    if (Test-Path $mount) { [IO.Directory]::Delete($mount) }
}

# Runs a block with HOLOTREE_TEST_VOLUMES naming a folder in which the volumes are mounted. An administrator is expected to get them.
function Use-TestVolumes([scriptblock] $block) {
    if ($env:HOLOTREE_VOLUMES -eq 'none' -or -not (Test-Administrator)) {
        Write-Host 'no test volumes: only an administrator can make them, and not with HOLOTREE_VOLUMES=none; what needs them will be skipped'
        Remove-Item -ErrorAction Ignore Env:HOLOTREE_TEST_VOLUMES
        & $block
        return
    }
    $folder = Join-Path ([IO.Path]::GetTempPath()) "holotree-volumes.$([IO.Path]::GetRandomFileName())"
    $volumes = Join-Path $folder 'volumes'
    New-Item -ItemType Directory $volumes | Out-Null
    try {
        New-TestVolume $folder refs refs
        New-TestVolume $folder ntfs ntfs
        $env:HOLOTREE_TEST_VOLUMES = $volumes
        & $block
    }
    finally {
        Remove-Item -ErrorAction Ignore Env:HOLOTREE_TEST_VOLUMES
        Remove-TestVolume $folder refs
        Remove-TestVolume $folder ntfs
        if (-not (Get-ChildItem $volumes)) { [IO.Directory]::Delete($volumes); [IO.Directory]::Delete($folder) }
    }
}

# The last line is read by machines and comes whatever happens: a build that breaks is one failure.
function Test-Everything {
    $script:passed = 0; $script:failed = 0; $script:skipped = 0
    try {
        $known = @(Get-ChildItem tests/*.Tests/*.Tests.csproj | ForEach-Object BaseName)
        foreach ($name in $Projects) {
            if ($name -notin $known) { throw "no test project is called '$name'; there are: $($known -join ' ')" }
        }
        Invoke-DotNet build Holotree.slnx -c Release -v q -nologo
        Publish-Program
        $env:HOLOTREE_BINARY = $binary
        $chosen = if ($Projects) { $Projects } else { $known }
        Use-TestVolumes { $chosen | ForEach-Object { Test-Project $_ } }
    }
    catch {
        Write-Host $_
        if ($script:failed -eq 0) { $script:failed = 1 }
    }
    Write-Host "`n$($script:passed) passed, $($script:failed) failed, $($script:skipped) skipped"
    if ($script:failed -ne 0) { exit 1 }
}

function Test-Project([string] $name) {
    New-Item -ItemType Directory -Force artifacts/test-results | Out-Null
    $report = "artifacts/test-results/$name.xml"
    Remove-Item -Force -ErrorAction Ignore $report
    Write-Host "`n== $name"
    & "artifacts/build/$name/release/$name.exe" -noColor -noLogo -noAutoReporters -xml $report | Out-Host
    $code = $LASTEXITCODE
    if (-not (Test-Path $report)) {
        Write-Host "$name ended with exit code $code and without a report"
        $script:failed++
        return
    }
    $assembly = ([xml](Get-Content -Raw $report)).assemblies.assembly
    $wrong = [int]$assembly.failed + [int]$assembly.errors
    if ($wrong -eq 0 -and ($code -ne 0 -or [int]$assembly.total -eq 0)) {
        Write-Host "$name ran no test or ended with exit code $code though no test failed"
        $wrong = 1
    }
    $script:passed += [int]$assembly.passed; $script:skipped += [int]$assembly.skipped; $script:failed += $wrong
}

switch ($Command) {
    'test' { Test-Everything }
    'publish' { Publish-Program }
    'format' { if ($Check) { Invoke-DotNet format Holotree.slnx --verify-no-changes } else { Invoke-DotNet format Holotree.slnx } }
    default { Write-Host 'usage: ./build.ps1 test [PROJECT,...]|publish|format [-Check]'; exit 2 }
}
